import { Alert } from "antd";
import { number } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { unitText, useAreaNames, useLimitName } from "./marks";
import { digitsOf } from "./state";
import type { Channel } from "./types";
import { words } from "./words";

/** What a channel is: device, place, range, calibration, and each limit with where it comes from. */
export function ChannelFacts({ channel }: { channel: Channel }) {
  const t = useWords(words);
  const limitName = useLimitName();
  const areas = useAreaNames(String(channel.enterprise_id));
  const unit = unitText(channel.unit);
  const { language } = useLanguage();
  const value = (one: number | null) => (one === null ? "–" : number(one, language, digitsOf(one)));
  const flag = (name: string) => t(`flag_${name}` as keyof typeof words);
  const facts: [string, string][] = [
    [t("key"), channel.key],
    [t("device"), channel.device],
    [t("area"), (channel.area_id !== null && areas.get(channel.area_id)) || channel.area || "–"],
    [
      t("range"),
      channel.low === null && channel.high === null
        ? t("rangeNone")
        : `${value(channel.low)} – ${value(channel.high)} ${unit}`,
    ],
    [t("every"), t("seconds", { n: number(channel.every_s, language, digitsOf(channel.every_s)) })],
    [
      t("position"),
      channel.x === null || channel.y === null
        ? t("positionNone")
        : t("positionAt", { x: value(channel.x), y: value(channel.y) }),
    ],
  ];
  if (channel.last_flags.length > 0)
    facts.push([t("flags"), channel.last_flags.map(flag).join(language === "zh" ? "、" : ", ")]);
  const { calibration_expires: until, calibrated_on: on } = channel;
  const calibration = [
    on && t("calibratedOn", { day: on }),
    until
      ? t(channel.calibrated ? "calibrationUntil" : "calibrationOver", { day: until })
      : t("calibrationNone"),
  ].filter(Boolean);
  return (
    <>
      <section className="panel" aria-labelledby="channel-limits">
        <div className="panel-head">
          <h2 id="channel-limits">{t("limits")}</h2>
        </div>
        {channel.limits.length === 0 && <p className="muted">{t("limitsNone")}</p>}
        <dl className="limit-list">
          {channel.limits.map((limit) => (
            <div key={limit.kind}>
              <dt>{limitName(limit.kind)}</dt>
              <dd>
                <strong className="num">
                  {value(limit.value)} {unitText(limit.unit)}
                </strong>
                {limit.source && <span className="muted"> {limit.source}</span>}
              </dd>
            </div>
          ))}
        </dl>
        {channel.limit_notes.map((note) => (
          <p key={note.code + note.zh} className="muted alarm-note">
            {language === "zh" ? note.zh : note.en}
          </p>
        ))}
      </section>
      <section className="panel" aria-labelledby="channel-facts">
        <div className="panel-head">
          <h2 id="channel-facts">{t("facts")}</h2>
        </div>
        {!channel.calibrated && (
          <Alert
            className="gap-below-small"
            type="warning"
            showIcon
            title={t("calibrationOver", { day: until ?? "–" })}
          />
        )}
        <dl className="pairs">
          {facts.map(([word, fact]) => (
            <div key={word}>
              <dt>{word}</dt>
              <dd className="break">{fact}</dd>
            </div>
          ))}
          <div>
            <dt>{t("calibration")}</dt>
            <dd>{calibration.join(" · ")}</dd>
          </div>
        </dl>
      </section>
    </>
  );
}
