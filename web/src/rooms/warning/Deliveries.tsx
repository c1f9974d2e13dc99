import {
  CheckCircleOutlined,
  ClockCircleOutlined,
  CloseCircleOutlined,
  MinusCircleOutlined,
} from "@ant-design/icons";
import { moment } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import { Loaded } from "@/app/states";
import { type Delivery, useDeliveries } from "./queries";
import { words } from "./words";

const ICONS = {
  sent: CheckCircleOutlined,
  waiting: ClockCircleOutlined,
  failed: CloseCircleOutlined,
  dropped: MinusCircleOutlined,
} as const;

/** Who was told, by which way, and whether it arrived. */
export function Deliveries({ id }: { id: string }) {
  const t = useWords(words);
  const either = useEither();
  const found = useDeliveries(id);
  return (
    <>
      <h3>{t("told")}</h3>
      <Loaded of={found} rows={2}>
        {(data) =>
          data.items.length === 0 && data.holes.length === 0 ? (
            <p className="muted">{t("toldNobody")}</p>
          ) : (
            <ul className="told">
              {data.holes.map((hole) => (
                <li key={`${hole.level} ${hole.message_en}`} className="told-hole">
                  {either(hole.message_zh, hole.message_en)}
                </li>
              ))}
              {data.items.map((one) => (
                <Told key={one.id} one={one} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}

function Told({ one }: { one: Delivery }) {
  const t = useWords(words);
  const either = useEither();
  const Icon = ICONS[one.state];
  const named = (prefix: string, key: string) => {
    const word = `${prefix}_${key}`;
    return word in words ? t(word as keyof typeof words) : key;
  };
  const why = either(one.error_zh, one.error_en);
  return (
    <li>
      <span className={`told-state told-${one.state}`}>
        <Icon aria-hidden /> {named("delivery", one.state)}
      </span>
      <b>{either(one.person, one.person_en)}</b>
      <span className="muted">
        {[
          one.role && named("role", one.role),
          one.channel_name || named("way", one.kind),
          t("level", { n: one.level + 1 }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
      <span className="num muted">{moment(one.ended_at ?? one.made_at)}</span>
      {why && one.state !== "sent" && <p className="muted">{why}</p>}
    </li>
  );
}
