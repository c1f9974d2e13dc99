import { ClusterOutlined, FileProtectOutlined } from "@ant-design/icons";
import { Button, Select } from "antd";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { usePlaces } from "@/rooms/places/queries";
import { useEnterprises } from "@/rooms/profiles/queries";
import { AlarmPanel } from "./AlarmPanel";
import { LiveSite } from "./LiveSite";
import { useChannels } from "./queries";
import { words } from "./words";
import "./sensing.css";

/** A site as it is now: plan, sensors, risk, people, alarms. */
export default function LivePage() {
  const t = useWords(words);
  const { id, chooser, list } = useChosenEnterprise();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("title")}</h1>
        <span className="muted">{t("lead")}</span>
        {id && (
          <span className="live-links">
            <Link to={`/live/permits?enterprise=${id}`}>
              <Button icon={<FileProtectOutlined aria-hidden />}>{t("permits")}</Button>
            </Link>
            <Link to={`/live/nodes?enterprise=${id}`}>
              <Button icon={<ClusterOutlined aria-hidden />}>{t("nodes")}</Button>
            </Link>
          </span>
        )}
      </div>
      {chooser}
      {id ? (
        <Site key={id} id={id} />
      ) : (
        <Loaded of={list}>{() => <EmptyState text={t(chooser ? "chooseWhy" : "noEnterprise")} />}</Loaded>
      )}
    </div>
  );
}

/** The enterprise in the address, else one's own; who sees several gets something to choose by. */
export function useChosenEnterprise() {
  const t = useWords(words);
  const [search, setSearch] = useSearchParams();
  const [typed, setTyped] = useState("");
  const seesRegion = useMay("region.read");
  const list = useEnterprises({ q: typed.trim(), industry: "", colour: "", sort: "rank", page: 1 });
  const own = seesRegion ? "" : String(list.data?.items[0]?.id ?? "");
  const id = search.get("enterprise") ?? own;
  const chooser = seesRegion ? (
    <Select
      className="live-choose"
      showSearch={{ filterOption: false, onSearch: setTyped }}
      value={id || null}
      placeholder={t("choose")}
      aria-label={t("choose")}
      options={(list.data?.items ?? []).map((row) => ({ value: String(row.id), label: row.name }))}
      onChange={(value: string) => setSearch({ enterprise: value })}
    />
  ) : null;
  return { id, chooser, list };
}

function Site({ id }: { id: string }) {
  const t = useWords(words);
  const places = usePlaces(id);
  const channels = useChannels(id);
  return (
    <Loaded of={places} rows={12}>
      {(known) => (
        <Loaded of={channels} rows={12}>
          {(page) =>
            page.items.length === 0 && known.plans.length === 0 ? (
              <>
                <EmptyState text={t("noSensors")}>
                  <span className="muted">{t("noSensorsWhy")}</span>
                </EmptyState>
                <AlarmPanel enterpriseId={id} />
              </>
            ) : (
              <LiveSite id={id} places={known} channels={page.items} total={page.total} />
            )
          }
        </Loaded>
      )}
    </Loaded>
  );
}
