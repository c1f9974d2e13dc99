import { CameraOutlined } from "@ant-design/icons";
import { App, Button, Input, Modal } from "antd";
import { useRef, useState } from "react";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { HazardDetail } from "@/app/types";
import { words as shared } from "@/app/words";
import { smallJpeg } from "@/offline/photo";
import { Distance, photoUrl } from "./BeforeAfter";
import { useAddPhoto, useHazardStep } from "./queries";
import { words } from "./words";

const PLACE_WAIT_MS = 8_000;

/** Fixed, with a photo: made for the phone in the owner's hand. Photos are kept as they are taken. */
export function FixSheet({ hazard, onClose }: { hazard: HazardDetail; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const [note, setNote] = useState("");
  const [place, setPlace] = useState<GeolocationCoordinates | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const add = useAddPhoto(hazard.id);
  const take = useHazardStep(hazard.id);
  const kept = hazard.photos.filter((photo) => photo.role === "after" && photo.round === hazard.round);
  const send = async (chosen: File) => {
    const form = new FormData();
    const small = await smallJpeg(chosen);
    form.append("file", small ?? chosen, small ? "after.jpg" : chosen.name);
    if (place) {
      form.append("source", "gps");
      form.append("lat", String(place.latitude));
      form.append("lon", String(place.longitude));
      form.append("accuracy_m", String(place.accuracy));
    }
    add.mutate(form, { onSuccess: () => message.success(t("photoKept")) });
  };
  const locate = () =>
    navigator.geolocation?.getCurrentPosition(
      (found) => setPlace(found.coords),
      () => message.info(t("placeFailed")),
      { enableHighAccuracy: true, timeout: PLACE_WAIT_MS },
    );
  const finish = () =>
    take.mutate(
      { path: "fix", body: { note: note.trim() } },
      {
        onSuccess: () => {
          message.success(t("done"));
          onClose();
        },
      },
    );
  const wrong = add.error ?? take.error;
  return (
    <Modal
      open
      title={t("fixWith")}
      okText={t("fix")}
      cancelText={s("cancel")}
      okButtonProps={{ disabled: kept.length === 0 }}
      confirmLoading={take.isPending}
      onOk={finish}
      onCancel={onClose}
    >
      <p className="muted">{t("photoFirst")}</p>
      <div className="hazard-after">
        {kept.map((photo, index) => (
          <figure key={photo.id}>
            <img src={photoUrl(photo)} alt={`${t("after")} ${t("photoN", { n: index + 1 })}`} />
            <Distance photo={photo} />
          </figure>
        ))}
      </div>
      <input
        ref={file}
        type="file"
        hidden
        accept="image/*"
        capture="environment"
        aria-label={t("addPhoto")}
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          event.target.value = "";
          if (chosen) void send(chosen);
        }}
      />
      <div className="actions">
        <Button icon={<CameraOutlined />} loading={add.isPending} onClick={() => file.current?.click()}>
          {t("addPhoto")}
        </Button>
        {hazard.lat !== null && !place && <Button onClick={locate}>{t("withPlace")}</Button>}
      </div>
      {place && <p className="muted">{t("placeFound", { m: Math.round(place.accuracy) })}</p>}
      <label className="hazard-note" htmlFor="hazard-fix-note">
        {s("note")}
        <Input.TextArea
          id="hazard-fix-note"
          rows={2}
          maxLength={2000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </label>
      {wrong && (
        <p role="alert" className="form-error">
          {errorText(wrong)}
        </p>
      )}
    </Modal>
  );
}
