import { SearchOutlined } from "@ant-design/icons";
import { Input, type InputRef } from "antd";
import { useRef, useState } from "react";
import { Link } from "react-router";
import { usePick, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { RiskMark } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import { useEnterprises } from "@/rooms/profiles/queries";
import { QueueSign } from "./QueueSign";
import { words } from "./words";

/** Which enterprise is visited: the riskiest first, or by name. */
export function PlacePicker() {
  const t = useWords(words);
  const pick = usePick();
  const [q, setQ] = useState("");
  const box = useRef<InputRef>(null);
  const list = useEnterprises({ q: q.trim(), industry: "", colour: "", sort: "rank", page: 1 });
  useKeys({ "/": () => box.current?.focus({ cursor: "all" }) });
  return (
    <div className="page verify">
      <div className="page-head">
        <h1>{t("title")}</h1>
        <span className="muted">{t("pickLead")}</span>
        <Link to="/verify/rates" className="verify-rates-link">
          {t("toRates")}
        </Link>
      </div>
      <QueueSign />
      <Input
        ref={box}
        size="large"
        value={q}
        allowClear
        prefix={<SearchOutlined aria-hidden />}
        placeholder={t("pickSearch")}
        aria-label={t("pickSearch")}
        aria-keyshortcuts="/"
        onChange={(event) => setQ(event.target.value)}
      />
      <Loaded of={list} rows={10}>
        {(page) =>
          page.items.length === 0 ? (
            <EmptyState text={t("pickNone")} />
          ) : (
            <ul className="cards verify-places">
              {page.items.map((row) => (
                <li key={row.id}>
                  <Link className="card" to={`/verify/${encodeURIComponent(row.id)}`}>
                    <span className="card-top">
                      <strong>{row.name}</strong>
                      <RiskMark colour={row.colour} />
                    </span>
                    <small className="muted">
                      {[row.district, pick({ name_zh: row.industry_zh, name_en: row.industry_en }, "name")]
                        .filter(Boolean)
                        .join(" · ")}
                    </small>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </div>
  );
}
