import { AimOutlined } from "@ant-design/icons";
import { App, Button, Select } from "antd";
import { useState } from "react";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { useName } from "./marks";
import { usePlaceSensor } from "./queries";
import type { Channel } from "./types";
import { words } from "./words";

interface PlacePickerProps {
  channels: Channel[];
  chosen: Channel | null;
  onChoose: (channel: Channel | null) => void;
}

/** Whoever manages sensors says which one to place; those without a place come first. */
export function PlacePicker({ channels, chosen, onChoose }: PlacePickerProps) {
  const t = useWords(words);
  const name = useName();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [open, setOpen] = useState(false);
  const save = usePlaceSensor();
  if (!open)
    return (
      <Button size="small" icon={<AimOutlined aria-hidden />} onClick={() => setOpen(true)}>
        {t("place")}
      </Button>
    );
  const sorted = [...channels].sort(
    (a, b) => Number(a.x !== null) - Number(b.x !== null) || a.key.localeCompare(b.key),
  );
  return (
    <span className="live-picker">
      <Select
        size="small"
        showSearch={{ optionFilterProp: "label" }}
        className="live-pick"
        placeholder={t("placeWhich")}
        aria-label={t("placeWhich")}
        value={chosen?.id ?? null}
        onChange={(id: number) => onChoose(channels.find((one) => one.id === id) ?? null)}
        options={sorted.map((one) => ({
          value: one.id,
          label: `${name(one)}${one.x === null ? ` · ${t("positionNone")}` : ""}`,
        }))}
      />
      {chosen && chosen.x !== null && (
        <Button
          size="small"
          loading={save.isPending}
          onClick={() =>
            save.mutate(
              { id: chosen.id, x: null, y: null },
              {
                onSuccess: () => onChoose(null),
                onError: (error) => void message.error(errorText(error)),
              },
            )
          }
        >
          {t("placeRemove")}
        </Button>
      )}
      <Button
        size="small"
        onClick={() => {
          onChoose(null);
          setOpen(false);
        }}
      >
        {t("placeDone")}
      </Button>
    </span>
  );
}
