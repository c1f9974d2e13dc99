import { Button, Input, Modal, Pagination, Segmented } from "antd";
import { Fragment, useId, useState } from "react";
import { moment } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { useChange } from "../accounts";
import { type Letter, sendLetter, useLetters } from "./letters/letters";
import { words } from "./letters/words";
import { Scrolling } from "./Scrolling";

const STATES = ["", "waiting", "sent", "failed", "by_hand", "used", "expired"] as const;

/** Where each invitation stands; what failed or was mistyped goes out again. */
export function LettersDialog({ onClose }: { onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const [state, setState] = useState<(typeof STATES)[number]>("");
  const [page, setPage] = useState(1);
  const [open, setOpen] = useState<number | null>(null);
  const letters = useLetters(state, page);
  return (
    <Modal
      open
      width={860}
      title={t("title")}
      onCancel={onClose}
      footer={
        <Button type="primary" onClick={onClose}>
          {s("close")}
        </Button>
      }
    >
      <div className="admin-scroll">
        <Segmented
          size="small"
          aria-label={t("filter")}
          value={state}
          options={STATES.map((one) => ({ value: one, label: t(one || "all") }))}
          onChange={(chosen) => {
            setState(chosen);
            setPage(1);
          }}
        />
      </div>
      <Loaded of={letters} rows={5}>
        {(found) => (
          <>
            <p role="status" className="muted">
              {t("counts", { waiting: found.waiting, sent: found.sent, failed: found.failed })}
            </p>
            {found.items.length === 0 ? (
              <EmptyState text={t("none")} />
            ) : (
              <Scrolling className="admin-scroll" label={t("title")}>
                <table className="rows">
                  <thead>
                    <tr>
                      <th scope="col">{t("person")}</th>
                      <th scope="col">{t("where")}</th>
                      <th scope="col">{t("state")}</th>
                      <th scope="col">{t("until")}</th>
                      <th scope="col" aria-label={t("again")} />
                    </tr>
                  </thead>
                  <tbody>
                    {found.items.map((letter) => (
                      <Fragment key={letter.person_id}>
                        <LetterRow
                          letter={letter}
                          onOpen={() => setOpen(open === letter.person_id ? null : letter.person_id)}
                        />
                        {open === letter.person_id && (
                          <tr>
                            <td colSpan={5}>
                              <SendAgain letter={letter} onDone={() => setOpen(null)} />
                            </td>
                          </tr>
                        )}
                      </Fragment>
                    ))}
                  </tbody>
                </table>
              </Scrolling>
            )}
            {found.total > found.size && (
              <Pagination
                current={page}
                pageSize={found.size}
                total={found.total}
                showSizeChanger={false}
                onChange={setPage}
              />
            )}
          </>
        )}
      </Loaded>
    </Modal>
  );
}

const CLASS: Partial<Record<Letter["state"], string>> = {
  failed: "form-error",
  expired: "form-error",
  sent: "state-on",
  used: "state-on",
};

function LetterRow({ letter, onOpen }: { letter: Letter; onOpen: () => void }) {
  const t = useWords(words);
  const either = useEither();
  const why = letter.error_en ? either(letter.error_zh, letter.error_en) : "";
  return (
    <tr>
      <td>
        <strong>{letter.name}</strong>
        <br />
        <span className="muted">{letter.username}</span>
      </td>
      <td>
        {letter.sent_to || "—"}
        {letter.channel && (
          <>
            <br />
            <span className="muted">{letter.channel}</span>
          </>
        )}
      </td>
      <td>
        <span className={CLASS[letter.state]}>{t(letter.state)}</span>
        {why && letter.state !== "sent" && letter.state !== "used" && <div className="muted">{why}</div>}
        {letter.state === "waiting" && letter.tries > 0 && letter.next_try_at && (
          <div className="muted">{t("tries", { n: letter.tries, at: moment(letter.next_try_at) })}</div>
        )}
      </td>
      <td className="num">{moment(letter.expires_at)}</td>
      <td>
        {letter.state !== "used" && (
          <Button
            size="small"
            aria-label={`${t(letter.sent_to ? "again" : "byLetter")} ${letter.name}`}
            onClick={onOpen}
          >
            {t(letter.sent_to ? "again" : "byLetter")}
          </Button>
        )}
      </td>
    </tr>
  );
}

function SendAgain({ letter, onDone }: { letter: Letter; onDone: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const id = useId();
  const [address, setAddress] = useState("");
  const send = useChange(() => sendLetter(letter.person_id, address.trim()), onDone);
  return (
    <form
      className="admin-form"
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate(undefined);
      }}
    >
      <label htmlFor={id}>{t("address")}</label>
      <Input
        id={id}
        value={address}
        maxLength={254}
        inputMode="email"
        autoCapitalize="none"
        placeholder={letter.sent_to && t("sameAddress", { to: letter.sent_to })}
        onChange={(event) => setAddress(event.target.value)}
      />
      <p className="muted">{t("againWhy")}</p>
      {send.error && (
        <p role="alert" className="form-error">
          {errorText(send.error)}
        </p>
      )}
      <div className="admin-actions">
        <Button
          type="primary"
          size="small"
          htmlType="submit"
          loading={send.isPending}
          disabled={!address.trim() && !letter.sent_to}
        >
          {t("send")}
        </Button>
        <Button size="small" onClick={onDone}>
          {s("cancel")}
        </Button>
      </div>
    </form>
  );
}
