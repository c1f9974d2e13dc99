import { App, Button, Form, Input, Modal, Popconfirm, Select } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { useEither, useWords } from "@/app/i18n";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import type { IdeaBoard, IdeaRow, ParticipationDesk } from "@/app/types";
import { words as shared } from "@/app/words";
import { useMe, usePeople } from "@/rooms/accounts/session";
import { StateTag, useAuthor } from "./IdeasTab";
import { useIdeas, useNameJury, usePick, usePublish } from "./queries";
import { words } from "./words";

/** Boards of the months, the newest first, and what teams did this month. */
export function BoardTab({ desk }: { desk: ParticipationDesk }) {
  const t = useWords(words);
  const [naming, setNaming] = useState(false);
  const now = desk.boards.find((board) => board.month === desk.month);
  return (
    <div className="split split-board">
      <div className="stack">
        <section className="panel">
          <div className="panel-head">
            <h2>{t("tab_board")}</h2>
            <span className="muted">{t("boardLead")}</span>
            {desk.manages && !now?.closed_at && (
              <span className="panel-tools">
                <Button onClick={() => setNaming(true)}>{t("nameJury")}</Button>
              </span>
            )}
          </div>
          {desk.boards.length === 0 && (
            <EmptyState text={t("noBoards")}>
              {desk.manages && <p className="muted">{t("noBoardsManage")}</p>}
            </EmptyState>
          )}
        </section>
        {desk.boards.map((board) => (
          <MonthBoard key={board.month} board={board} manages={desk.manages} />
        ))}
      </div>
      <Teams desk={desk} />
      {naming && <JuryDialog month={desk.month} board={now} onClose={() => setNaming(false)} />}
    </div>
  );
}

function MonthBoard({ board, manages }: { board: IdeaBoard; manages: boolean }) {
  const t = useWords(words);
  const either = useEither();
  const author = useAuthor();
  const names = board.jury.map((one) => either(one.name, one.name_en)).join(", ");
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t("boardOf", { month: board.month })}</h2>
        <span className="muted">{t("jury", { names })}</span>
      </div>
      {board.closed_at ? (
        <ul className="board-list">
          {board.ideas.map((idea) => (
            <li key={idea.id}>
              <Link to={`/participation?tab=ideas&idea=${idea.id}`}>{idea.title}</Link>{" "}
              <StateTag state={idea.state} />
              <p className="muted">{author(idea)}</p>
              <ul className="board-reasons">
                {idea.reasons.map((reason) => (
                  <li key={reason}>{reason}</li>
                ))}
              </ul>
            </li>
          ))}
        </ul>
      ) : (
        <OpenBoard board={board} manages={manages} />
      )}
    </section>
  );
}

function OpenBoard({ board, manages }: { board: IdeaBoard; manages: boolean }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const publish = usePublish(board.month);
  return (
    <>
      <p>{t("boardOpen", { n: board.candidates })}</p>
      {board.juror && <Candidates board={board} />}
      {manages && (
        <div className="actions">
          <Button
            type="primary"
            loading={publish.isPending}
            onClick={() =>
              publish.mutate(
                {},
                {
                  onSuccess: () => message.success(t("published")),
                  onError: (error) => message.error(errorText(error)),
                },
              )
            }
          >
            {t("publish")}
          </Button>
        </div>
      )}
    </>
  );
}

function Candidates({ board }: { board: IdeaBoard }) {
  const t = useWords(words);
  const list = useIdeas({ state: "", q: "", mine: false, page: 1 });
  const fits = (row: IdeaRow) => !row.mine && row.state !== "declined";
  return (
    <>
      <p className="muted">{t("youAreJuror")}</p>
      <Loaded of={list} rows={4}>
        {(found) =>
          found.items.some(fits) ? (
            <ul className="item-list board-candidates">
              {found.items.filter(fits).map((row) => (
                <Candidate key={row.id} row={row} board={board} />
              ))}
            </ul>
          ) : (
            <EmptyState text={t("noCandidates")} />
          )
        }
      </Loaded>
    </>
  );
}

function Candidate({ row, board }: { row: IdeaRow; board: IdeaBoard }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const pick = usePick(board.month);
  const [reason, setReason] = useState("");
  const chosen = board.mine.includes(row.id);
  const send = (wanted: boolean) =>
    pick.mutate(
      { idea_id: row.id, chosen: wanted, reason: reason.trim() },
      { onError: (error) => message.error(errorText(error)), onSuccess: () => setReason("") },
    );
  return (
    <li className="board-candidate">
      <Link to={`/participation?tab=ideas&idea=${row.id}`}>{row.title}</Link>
      {chosen ? (
        <Button loading={pick.isPending} onClick={() => send(false)}>
          {t("recommended")} · {t("unrecommend")}
        </Button>
      ) : (
        <Popconfirm
          icon={null}
          title={t("reasonFor", { title: row.title })}
          description={
            <Input
              autoFocus
              maxLength={200}
              value={reason}
              aria-label={t("reasonFor", { title: row.title })}
              onChange={(event) => setReason(event.target.value)}
            />
          }
          okText={t("recommend")}
          cancelText={s("cancel")}
          onConfirm={() => send(true)}
        >
          <Button loading={pick.isPending}>{t("recommend")}</Button>
        </Popconfirm>
      )}
    </li>
  );
}

function JuryDialog({ month, board, onClose }: { month: string; board?: IdeaBoard; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const either = useEither();
  const errorText = useErrorText();
  const me = useMe();
  const people = usePeople(String(me.organisation.id), true);
  const name = useNameJury();
  const [form] = Form.useForm<{ jury: number[] }>();
  const home = me.organisation;
  const everyone = [
    { id: me.id, name: me.name, name_en: me.name_en, organisation_name: home.name },
    ...(people.data ?? []),
  ];
  return (
    <Modal
      open
      title={t("juryFor", { month })}
      okText={t("nameJury")}
      cancelText={s("cancel")}
      confirmLoading={name.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ jury: board?.jury.map((one) => one.id) ?? [] }}
        onFinish={({ jury }) => name.mutate({ month, jury }, { onSuccess: onClose })}
      >
        <Form.Item name="jury" label={t("juryPick")} rules={[{ required: true, message: t("required") }]}>
          <Select
            mode="multiple"
            showSearch={{ optionFilterProp: "label" }}
            loading={people.isPending}
            options={everyone.map((one) => ({
              value: one.id,
              label: `${either(one.name, one.name_en)} · ${one.organisation_name}`,
            }))}
          />
        </Form.Item>
      </Form>
      {name.error && (
        <p role="alert" className="form-error">
          {errorText(name.error)}
        </p>
      )}
    </Modal>
  );
}

function Teams({ desk }: { desk: ParticipationDesk }) {
  const t = useWords(words);
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t("teamsTitle")}</h2>
      </div>
      <p className="muted gap-below-small">{t("teamsWhy", { n: desk.smallest_group })}</p>
      {desk.teams.length === 0 ? (
        <EmptyState text={t("noTeams")} />
      ) : (
        <table className="rows">
          <thead>
            <tr>
              <th>{t("team")}</th>
              <th className="right">{t("acts")}</th>
            </tr>
          </thead>
          <tbody>
            {desk.teams.map((row) => (
              <tr key={row.team}>
                <td>{row.team || t("otherTeams")}</td>
                <td className="right num">{row.acts}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
