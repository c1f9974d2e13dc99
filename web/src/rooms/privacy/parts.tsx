import { Tag } from "antd";
import { usePhone } from "@/app/device";
import { moment } from "@/app/format";
import { useWords } from "@/app/i18n";
import type { Access } from "./queries";
import { words } from "./words";

type WordKey = keyof typeof words;

/** A word of a closed list, or the value itself where a newer server sends one that isn't known here. */
export function useTerm() {
  const t = useWords(words);
  return (prefix: string, value: string) =>
    `${prefix}_${value}` in words ? t(`${prefix}_${value}` as WordKey) : value;
}

/** Who looked at what, and what for; with `whose`, at whose. */
export function AccessRows({ items, whose }: { items: Access[]; whose?: boolean }) {
  const t = useWords(words);
  const term = useTerm();
  const phone = usePhone();
  const mark = (row: Access) =>
    row.break_glass && (
      <Tag color="red" title={t("breakGlassWhy")}>
        {t("breakGlass")}
      </Tag>
    );
  if (phone)
    return (
      <ul className="cards">
        {items.map((row) => (
          <li key={row.id} className="card">
            <span className="item-line muted num">{moment(row.at)}</span>
            <span>
              <strong>{row.reader}</strong> · {term("what", row.what)} {mark(row)}
            </span>
            {whose && <span>{row.person ?? row.subject}</span>}
            <span className="muted">{row.purpose || "–"}</span>
          </li>
        ))}
      </ul>
    );
  return (
    <table className="rows">
      <thead>
        <tr>
          <th>{t("at")}</th>
          <th>{t("reader")}</th>
          {whose && <th>{t("whose")}</th>}
          <th>{t("what")}</th>
          <th>{t("purpose")}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((row) => (
          <tr key={row.id}>
            <td className="num nowrap">{moment(row.at)}</td>
            <td>{row.reader}</td>
            {whose && <td>{row.person ?? row.subject}</td>}
            <td>
              {term("what", row.what)} {mark(row)}
            </td>
            <td>{row.purpose || "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
