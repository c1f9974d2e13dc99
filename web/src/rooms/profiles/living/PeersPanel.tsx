import { Link } from "react-router";
import { change, number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { RiskMark } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { usePeers } from "./queries";
import type { Peer, Peers } from "./types";
import { words } from "./words";
import "./living.css";

/** The enterprise beside those of its class that are nearest in size. */
export function PeersPanel({ enterpriseId }: { enterpriseId: string }) {
  const t = useWords(words);
  const pick = usePick();
  const seesRegion = useMay("region.read");
  const peers = usePeers(enterpriseId);
  const about = peers.data;
  return (
    <section className="panel" aria-labelledby="peers-title">
      <div className="panel-head">
        <h2 id="peers-title">{t("peers")}</h2>
        {about && about.rows.length > 1 && (
          <span className="muted">
            {t("peersOf", { name: pick(about, "name") || t("region"), n: about.enterprises })}
          </span>
        )}
      </div>
      <Loaded of={peers} rows={4}>
        {(found) =>
          found.rows.length > 1 ? (
            <PeerTable peers={found} />
          ) : (
            <EmptyState text={t(seesRegion ? "peersNone" : "peersHidden")} />
          )
        }
      </Loaded>
    </section>
  );
}

function PeerTable({ peers }: { peers: Peers }) {
  const t = useWords(words);
  const { language } = useLanguage();
  return (
    <section className="table-scroll" aria-labelledby="peers-title">
      <table className="rows rows-compact">
        <thead>
          <tr>
            <th>{t("name")}</th>
            <th>{t("level")}</th>
            <th className="right">{t("score")}</th>
            <th className="right">{t("trend")}</th>
            <th className="right">{t("employees")}</th>
            <th className="right">{t("injuries")}</th>
            <th className="right">{t("hazards")}</th>
            <th className="right">{t("expected")}</th>
            <th className="right">
              {t("expected")} <small>{t("perHundred")}</small>
            </th>
          </tr>
        </thead>
        <tbody>
          {(peers.rows as Peer[]).map((row) => (
            <tr key={row.id} className={row.own ? "row-active" : undefined}>
              <td className="cell-name peer-name">
                {row.own ? (
                  <>
                    <b>{row.name}</b> <small>{t("thisOne")}</small>
                  </>
                ) : (
                  <Link to={`/enterprises/${row.id}`}>{row.name}</Link>
                )}
              </td>
              <td>
                <RiskMark colour={row.colour} />
              </td>
              <td className="right num">{number(row.score, language)}</td>
              <td className="right num">{change(row.trend)}</td>
              <td className="right num">{number(row.employees, language)}</td>
              <td className="right num">{number(row.injuries_12m, language)}</td>
              <td className="right num">{number(row.hazards_12m, language)}</td>
              <td className="right num">{number(row.expected_injuries, language, 1)}</td>
              <td className="right num">{number(row.rate, language, 2)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td className="muted">{t("median")}</td>
            <td />
            <td className="right num">{number(peers.median_score, language)}</td>
            <td colSpan={5} />
            <td className="right num">{number(peers.median_rate, language, 2)}</td>
          </tr>
        </tfoot>
      </table>
    </section>
  );
}
