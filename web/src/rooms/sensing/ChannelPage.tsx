import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button, Checkbox, Segmented } from "antd";
import { useMemo, useState } from "react";
import { Link, useParams } from "react-router";
import { Chart } from "@/app/Chart";
import { moment, number, percent } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import { ChannelFacts } from "./ChannelFacts";
import { channelOption, extent, LINES } from "./channelOption";
import { ForecastPanel } from "./ForecastPanel";
import { clock, StateMark, unitText, useLimitName, useName, useReading } from "./marks";
import { SPANS, type Span, useChannel, useChart, useEvents, useForecast, useStorms } from "./queries";
import { digitsOf, stateOf } from "./state";
import type { Channel, Episode, Limit } from "./types";
import { useNow } from "./useNow";
import { words } from "./words";
import "./sensing.css";

const SPAN_WORDS = { "1h": "h1", "24h": "h24", "7d": "d7", "30d": "d30" } as const;

/** One channel: its curve with limits, events and forecast, its calibration, and what was said of it. */
export default function ChannelPage() {
  const { id = "" } = useParams();
  const channel = useChannel(id);
  return (
    <div className="page">
      <Loaded of={channel} rows={12}>
        {(found) => <Page key={found.id} channel={found} />}
      </Loaded>
    </div>
  );
}

function Page({ channel }: { channel: Channel }) {
  const t = useWords(words);
  const name = useName();
  const reading = useReading();
  const now = useNow();
  const [span, setSpan] = useState<Span>("24h");
  const storms = useStorms(String(channel.enterprise_id)).data;
  const alarm = storms?.by_channel.find((one) => one.channel_id === channel.id);
  const events = useEvents(channel, span);
  const forecast = useForecast(String(channel.id), !channel.personal).data ?? null;
  return (
    <>
      <Link to={`/live?enterprise=${channel.enterprise_id}`} className="live-back">
        <ArrowLeftOutlined aria-hidden /> {t("channelBack")}
      </Link>
      <div className="page-head channel-head">
        <h1>{name(channel)}</h1>
        <span className="channel-value num" aria-live="polite">
          {reading(channel)}
        </span>
        <StateMark state={stateOf(channel, alarm, now)} />
        <span className="muted num">{clock(channel.last_at)}</span>
        {channel.synthetic && <SyntheticTag />}
      </div>
      <div className="channel-grid">
        <div className="stack">
          <Curve
            channel={channel}
            span={span}
            onSpan={setSpan}
            episodes={events.data?.items ?? []}
            forecast={forecast}
          />
          <section className="panel" aria-labelledby="channel-events">
            <div className="panel-head">
              <h2 id="channel-events">{t("events")}</h2>
              {events.data && <span className="muted num">{events.data.total}</span>}
            </div>
            <Loaded of={events} rows={3}>
              {(page) =>
                page.items.length === 0 ? (
                  <p className="muted">{t("eventsNone")}</p>
                ) : (
                  <ul className="event-list">
                    {page.items.map((episode) => (
                      <Event key={episode.id} episode={episode} />
                    ))}
                  </ul>
                )
              }
            </Loaded>
          </section>
        </div>
        <div className="stack">
          {!channel.personal && <ForecastPanel forecast={forecast} />}
          <ChannelFacts channel={channel} />
        </div>
      </div>
    </>
  );
}

interface CurveProps {
  channel: Channel;
  span: Span;
  onSpan: (span: Span) => void;
  episodes: Episode[];
  forecast: Parameters<typeof channelOption>[0]["forecast"];
}

function Curve({ channel, span, onSpan, episodes, forecast }: CurveProps) {
  const t = useWords(words);
  const [agreed, setAgreed] = useState(!channel.personal);
  const [limits, setLimits] = useState(true);
  return (
    <section className="panel" aria-labelledby="channel-curve">
      <div className="panel-head">
        <h2 id="channel-curve" className="visually-hidden">
          {t("span")}
        </h2>
        <Segmented
          aria-label={t("span")}
          value={span}
          onChange={onSpan}
          options={(Object.keys(SPANS) as Span[]).map((one) => ({ value: one, label: t(SPAN_WORDS[one]) }))}
        />
        {channel.limits.some((limit) => LINES.includes(limit.kind)) && (
          <Checkbox checked={limits} onChange={(event) => setLimits(event.target.checked)}>
            {t("limitsShown")}
          </Checkbox>
        )}
      </div>
      {agreed ? (
        <CurveChart channel={channel} span={span} episodes={episodes} forecast={forecast} limits={limits} />
      ) : (
        <EmptyState text={t("personalWhy")}>
          <Button onClick={() => setAgreed(true)}>{t("personalLook")}</Button>
        </EmptyState>
      )}
    </section>
  );
}

interface CurveChartProps extends Omit<CurveProps, "onSpan"> {
  limits: boolean;
}

function CurveChart({ channel, span, episodes, forecast, limits }: CurveChartProps) {
  const t = useWords(words);
  const pick = usePick();
  const name = useName();
  const limitName = useLimitName();
  const { language } = useLanguage();
  const chart = useChart(String(channel.id), span, channel.personal);
  const data = chart.data;
  const option = useMemo(() => {
    if (!data) return null;
    const value = (one: number) => number(one, language, digitsOf(one));
    return channelOption({
      chart: { ...data, unit: unitText(data.unit) },
      from: data.from,
      until: data.until,
      every_s: channel.every_s,
      limits: limits ? channel.limits : [],
      episodes,
      forecast: span === "1h" || span === "24h" ? forecast : null,
      texts: {
        mean: t("mean"),
        band: t("band"),
        flagged: t("flaggedMark"),
        event: t("eventMark"),
        forecastBand: t("forecastBand"),
        forecastMiddle: t("forecastMiddle"),
        limit: (limit: Limit) => `${limitName(limit.kind)} ${value(limit.value)} ${unitText(limit.unit)}`,
        source: (limit: Limit) => t("limitSource", { source: limit.source || "–" }),
        kind: (episode: Episode) => pick(episode, "reason") || episode.kind,
        count: (n: number) => t("readings", { n }),
        value,
        time: (at: number) => moment(new Date(at).toISOString()),
      },
    });
  }, [data, channel, episodes, forecast, limits, span, language, t, pick, limitName]);
  return (
    <Loaded of={chart} rows={8}>
      {(found) => {
        const known = extent(found);
        if (!known || !option) return <EmptyState text={t("chartNone")} />;
        const value = (one: number) => number(one, language, digitsOf(one));
        const flagged = found.flagged.reduce((sum, n) => sum + n, 0);
        const label = t("chartLabel", {
          name: name(channel),
          span: t(SPAN_WORDS[span]),
          low: value(known.low),
          high: value(known.high),
          last: value(known.last),
          unit: unitText(channel.unit),
        });
        return (
          <>
            <Chart option={option} height={340} label={label} />
            <p className="muted plan-hint">
              {label}
              {flagged > 0 && ` · ${t("flagged", { n: flagged })}`}
            </p>
          </>
        );
      }}
    </Loaded>
  );
}

function Event({ episode }: { episode: Episode }) {
  const t = useWords(words);
  const pick = usePick();
  const open = episode.cleared_at === null && !episode.momentary;
  return (
    <li className={open ? "event-row event-open" : "event-row"}>
      <span className="num event-time">
        {clock(episode.since)}
        {!episode.momentary && <> – {open ? t("stillOpen") : clock(episode.cleared_at)}</>}
      </span>
      <span className="event-why">{pick(episode, "reason") || episode.kind}</span>
      <span className="muted event-more">
        {episode.momentary && <span>{t("momentary")}</span>}
        <span className="num">{t("sure", { p: percent(episode.sureness) })}</span>
        {episode.alert_id !== null && <Link to={`/warnings/${episode.alert_id}`}>{t("toAlert")}</Link>}
        {episode.synthetic && <SyntheticTag />}
      </span>
    </li>
  );
}
