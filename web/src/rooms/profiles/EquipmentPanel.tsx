import { Tag } from "antd";
import { day, number } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import type { Enterprise } from "@/app/types";
import { words } from "./words";

function Tags({ title, items }: { title: string; items: string[] }) {
  if (items.length === 0) return null;
  return (
    <div className="tag-row">
      <span className="muted">{title}</span>
      {items.map((item) => (
        <Tag key={item}>{item}</Tag>
      ))}
    </div>
  );
}

/** What the enterprise runs: the ground on which hazard points are deduced. */
export function EquipmentPanel({ enterprise }: { enterprise: Enterprise }) {
  const t = useWords(words);
  const { language } = useLanguage();
  return (
    <section className="panel equipment-panel" aria-labelledby="equipment-title">
      <div className="panel-head">
        <h2 id="equipment-title">{t("equipment")}</h2>
        <span className="muted num">{enterprise.equipment.length || ""}</span>
      </div>
      {enterprise.equipment.length === 0 ? (
        <p className="muted">{t("equipmentNone")}</p>
      ) : (
        <table className="rows rows-compact">
          <thead>
            <tr>
              <th>{t("equipmentName")}</th>
              <th className="right">{t("equipmentCount")}</th>
              <th>{t("commissioned")}</th>
            </tr>
          </thead>
          <tbody>
            {enterprise.equipment.map((item) => (
              <tr key={item.id}>
                <td className="cell-name">
                  {item.name || item.kind}
                  {item.model && <small>{item.model}</small>}
                </td>
                <td className="right num">{number(item.count, language)}</td>
                <td className="num nowrap">{day(item.commissioned_on)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Tags title={t("processes")} items={enterprise.processes} />
      <Tags title={t("materials")} items={enterprise.materials} />
    </section>
  );
}
