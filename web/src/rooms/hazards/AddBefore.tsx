import { Button } from "antd";
import { useRef } from "react";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { HazardDetail } from "@/app/types";
import { smallJpeg } from "@/offline/photo";
import { useAddPhoto } from "./queries";
import { words } from "./words";

/** Adds a photo of the hazard as it is. */
export function AddBefore({ hazard }: { hazard: HazardDetail }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const file = useRef<HTMLInputElement>(null);
  const add = useAddPhoto(hazard.id);
  const send = async (chosen: File) => {
    const form = new FormData();
    const small = await smallJpeg(chosen);
    form.append("role", "before");
    form.append("file", small ?? chosen, small ? "before.jpg" : chosen.name);
    add.mutate(form);
  };
  return (
    <div className="actions">
      <input
        ref={file}
        type="file"
        hidden
        accept="image/*"
        aria-label={t("addBefore")}
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          event.target.value = "";
          if (chosen) void send(chosen);
        }}
      />
      <Button loading={add.isPending} onClick={() => file.current?.click()}>
        {t("addBefore")}
      </Button>
      {add.error && (
        <p role="alert" className="form-error">
          {errorText(add.error)}
        </p>
      )}
    </div>
  );
}
