import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined } from "@ant-design/icons";
import { App, Button, Input, Select, Switch } from "antd";
import { useId, useState } from "react";
import { useWords } from "@/app/i18n";
import { Loaded, useErrorText } from "@/app/states";
import { canBePushed, PushRefused, subscribe } from "./push";
import { type Mine, sendTest, useChange, useMine, type Way } from "./queries";
import { addressWord, type Outcome, TestOutcome } from "./TestDialog";
import { words } from "./words";

/** By which ways I am told besides the bell, in the order in which they are tried. */
export function MyWays() {
  const t = useWords(words);
  const mine = useMine();
  return (
    <section className="panel" aria-labelledby="my-ways">
      <h2 id="my-ways">{t("myWays")}</h2>
      <p className="muted">{t("waysLead")}</p>
      <Loaded of={mine} rows={4}>
        {(data) => (
          <>
            <Ways mine={data} />
            <AddWay mine={data} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Ways({ mine }: { mine: Mine }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const change = useChange();
  const send = (ways: Way[]) =>
    change.mutate(
      { path: "mine/order", body: { ways: ways.map(({ id, enabled }) => ({ id, enabled })) } },
      { onError: (error) => message.error(errorText(error)) },
    );
  const move = (from: number, by: number) => {
    const ways = [...mine.ways];
    const [moved] = ways.splice(from, 1);
    if (moved) ways.splice(from + by, 0, moved);
    send(ways);
  };
  if (mine.ways.length === 0) return <p className="gap-below-small">{t("noWays")}</p>;
  return (
    <ol className="way-rows">
      {mine.ways.map((way, n) => (
        <WayRow
          key={way.id}
          way={way}
          first={n === 0}
          last={n === mine.ways.length - 1}
          onMove={(by) => move(n, by)}
          onSwitch={(enabled) =>
            send(mine.ways.map((one) => (one.id === way.id ? { ...one, enabled } : one)))
          }
          onRemove={() =>
            change.mutate(
              { path: `mine/${way.id}/remove` },
              { onError: (error) => message.error(errorText(error)) },
            )
          }
        />
      ))}
    </ol>
  );
}

interface RowProps {
  way: Way;
  first: boolean;
  last: boolean;
  onMove: (by: number) => void;
  onSwitch: (enabled: boolean) => void;
  onRemove: () => void;
}

function WayRow({ way, first, last, onMove, onSwitch, onRemove }: RowProps) {
  const t = useWords(words);
  const [outcome, setOutcome] = useState<Outcome>({ state: "idle" });
  const name = way.channel_name || t(way.kind);
  const test = async () => {
    setOutcome({ state: "busy" });
    try {
      setOutcome({ state: "done", delivery: await sendTest(`mine/${way.id}/test`) });
    } catch (error) {
      setOutcome({ state: "refused", error });
    }
  };
  return (
    <li>
      <div className="way-line">
        <Switch
          size="small"
          checked={way.enabled}
          onChange={onSwitch}
          aria-label={`${t("enabled")} ${name}`}
        />
        <span className="way-name">
          <strong>{name}</strong> <span className="muted">{t(way.kind)}</span>{" "}
          <span className="num">{way.hint}</span>
          {!way.channel_enabled && <span className="form-error"> {t("wayOff")}</span>}
          {way.failing && <span className="form-error"> {t("wayFailing")}</span>}
        </span>
        <Button size="small" onClick={test} loading={outcome.state === "busy"}>
          {t("test")}
        </Button>
        <Button
          size="small"
          type="text"
          icon={<ArrowUpOutlined />}
          disabled={first}
          aria-label={`${t("up")} ${name}`}
          onClick={() => onMove(-1)}
        />
        <Button
          size="small"
          type="text"
          icon={<ArrowDownOutlined />}
          disabled={last}
          aria-label={`${t("down")} ${name}`}
          onClick={() => onMove(1)}
        />
        <Button
          size="small"
          type="text"
          danger
          icon={<DeleteOutlined />}
          aria-label={`${t("remove")} ${name}`}
          onClick={onRemove}
        />
      </div>
      <TestOutcome outcome={outcome} />
    </li>
  );
}

function AddWay({ mine }: { mine: Mine }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const id = useId();
  const [channel, setChannel] = useState<number>();
  const [address, setAddress] = useState("");
  const [problem, setProblem] = useState("");
  const change = useChange(() => {
    setAddress("");
    setProblem("");
  });
  const chosen = mine.channels.find((one) => one.id === (channel ?? mine.channels[0]?.id));
  const needed = chosen?.kind === "sms" || chosen?.kind === "email";
  const add = () =>
    chosen &&
    change.mutate(
      { path: "mine", body: { channel_id: chosen.id, address: address.trim() } },
      { onError: (error) => setProblem(errorText(error)) },
    );
  const push = async () => {
    setProblem("");
    try {
      const subscription = await subscribe(mine.push_key);
      await change.mutateAsync({ path: "mine/browser", body: subscription });
    } catch (error) {
      setProblem(error instanceof PushRefused ? t(error.word) : errorText(error));
    }
  };
  return (
    <div className="add-way">
      {chosen ? (
        <div className="form-grid">
          <label htmlFor={`${id}c`}>{t("channel")}</label>
          <Select
            id={`${id}c`}
            value={chosen.id}
            onChange={setChannel}
            options={mine.channels.map((one) => ({ value: one.id, label: `${one.name}（${t(one.kind)}）` }))}
          />
          {chosen.kind !== "webhook" && (
            <>
              <label htmlFor={`${id}a`}>{t(addressWord(chosen.kind))}</label>
              <Input
                id={`${id}a`}
                value={address}
                onChange={(event) => setAddress(event.target.value)}
                onPressEnter={add}
              />
            </>
          )}
        </div>
      ) : (
        <p className="muted">{t("noChannelsToAdd")}</p>
      )}
      <div className="roster-bar">
        {chosen && (
          <Button
            type="primary"
            disabled={needed && !address.trim()}
            loading={change.isPending}
            onClick={add}
          >
            {t("addWay")}
          </Button>
        )}
        {canBePushed() ? (
          <Button onClick={push}>{t("pushOn")}</Button>
        ) : (
          <span className="muted">{t("pushUnsupported")}</span>
        )}
      </div>
      {problem && (
        <p role="alert" className="form-error">
          {problem}
        </p>
      )}
    </div>
  );
}
