import { PrinterOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Link, useSearchParams } from "react-router";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import type { Place } from "@/app/types";
import { usePlaces } from "./queries";
import { words } from "./words";
import "./places.css";

/** The codes of an enterprise's areas, two a page, in both languages whatever the screen speaks. */
export default function PrintPage() {
  const t = useWords(words);
  const [search] = useSearchParams();
  const enterprise = search.get("enterprise") ?? "";
  const found = usePlaces(enterprise);
  return (
    <div className="page">
      <div className="page-head no-print">
        <h1>{t("print")}</h1>
        <span className="muted">{t("printLead")}</span>
        <Link to={`/places?enterprise=${enterprise}`}>{t("back")}</Link>
        <Button type="primary" icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>
          {t("printNow")}
        </Button>
      </div>
      <Loaded of={found} rows={10}>
        {(places) =>
          places.areas.length === 0 ? (
            <EmptyState text={t("none")} />
          ) : (
            <ul className="code-sheet">
              {places.areas.map((area) => (
                <Card key={area.id} area={area} enterprise={places.enterprise_name} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </div>
  );
}

function Card({ area, enterprise }: { area: Place; enterprise: string }) {
  const both = (phrase: readonly [string, string]) => (
    <>
      {phrase[0]}
      <br />
      <span lang="en">{phrase[1]}</span>
    </>
  );
  return (
    <li className="code-card">
      <p className="code-call">{both(words.scan)}</p>
      <img
        src={`/api/places/areas/${area.id}/code.svg`}
        alt={words.codeOf[0].replace("{name}", area.name_zh)}
      />
      <p className="code-name">
        {area.name_zh}
        {area.name_en && <span lang="en">{area.name_en}</span>}
      </p>
      <p className="muted">{enterprise}</p>
      <p>{both(words.scanSteps)}</p>
      <p>{both(words.scanAnonymous)}</p>
      <p>{both(words.scanPromise)}</p>
    </li>
  );
}
