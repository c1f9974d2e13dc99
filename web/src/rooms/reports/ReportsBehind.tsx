import { App, Button, Tooltip } from "antd";
import { moment } from "@/app/format";
import { useWords } from "@/app/i18n";
import { Loaded, useErrorText } from "@/app/states";
import type { WorkerReport } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { useContact, useReportsBehind } from "./queries";
import { words } from "./words";
import "./reports.css";

/** What workers said about a hazard: their words, voice notes and photos. Nothing where nobody reported it. */
export function ReportsBehind({ hazardId }: { hazardId: number }) {
  const t = useWords(words);
  const found = useReportsBehind(hazardId);
  if (found.data?.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="reports-behind">
      <div className="panel-head">
        <h2 id="reports-behind">{t("title")}</h2>
        {found.data && <span className="muted num">{t("count", { n: found.data.length })}</span>}
      </div>
      <Loaded of={found} rows={3}>
        {(reports) => (
          <ul className="reports-behind">
            {reports.map((report) => (
              <Report key={report.id} report={report} />
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}

function Report({ report }: { report: WorkerReport }) {
  const t = useWords(words);
  const who = report.reporter ?? (report.named ? t("unnamed") : t("anonymous"));
  const late = moment(report.said_at) !== moment(report.received_at);
  return (
    <li>
      <p className="report-line muted">
        <span>{t(report.joined ? "joined" : "first")}</span>
        <span>{who}</span>
        <span className="num">{t("said", { at: moment(report.said_at) })}</span>
        {late && <span className="num">{t("late", { at: moment(report.received_at) })}</span>}
      </p>
      <p className="pre-line break">{report.words || <span className="muted">{t("noWords")}</span>}</p>
      {report.voices.map((voice, index) => {
        const seconds = report.voice_seconds[index];
        const label = seconds ? t("voice", { n: Math.round(seconds) }) : t("voiceOnly");
        return (
          // biome-ignore lint/a11y/useMediaCaption: a worker's own words; nobody wrote them down
          <audio key={voice} controls preload="none" src={voice} aria-label={label} title={label} />
        );
      })}
      {report.joined && report.photos.length > 0 && (
        <div className="report-photos">
          {report.photos.map((photo, index) => (
            <a key={photo} href={photo} target="_blank" rel="noreferrer">
              <img src={photo} alt={t("photo", { n: index + 1 })} loading="lazy" />
            </a>
          ))}
        </div>
      )}
      {report.has_contact && <ContactOf id={report.id} />}
    </li>
  );
}

function ContactOf({ id }: { id: number }) {
  const t = useWords(words);
  const { message } = App.useApp();
  const errorText = useErrorText();
  const may = useMay("reports.contact");
  const contact = useContact();
  if (!may) return null;
  if (contact.data)
    return (
      <p>
        {contact.data.name} <span className="num">{contact.data.phone}</span>
      </p>
    );
  return (
    <Tooltip title={t("contactWhy")}>
      <Button
        size="small"
        loading={contact.isPending}
        onClick={() => contact.mutate(id, { onError: (error) => message.error(errorText(error)) })}
      >
        {t("contact")}
      </Button>
    </Tooltip>
  );
}
