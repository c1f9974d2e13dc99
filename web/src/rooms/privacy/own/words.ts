import { defineWords } from "@/app/i18n";

const LAWS = {
  PIPL: ["个人信息保护法", "Personal Information Protection Law"],
  会计法: ["会计法", "Accounting Law"],
} as const;
const RULE = /(PIPL|会计法) ([\d()]+(?:[-–]\d+)?(?:, [\d()]+)*)/g;

/** The rule that a record rests on, as people call it: `PIPL 13(2)` is Article 13(2) of the law of that name. */
export function lawName(law: string, zh: boolean): string {
  return law.replace(RULE, (_, name: keyof typeof LAWS, articles: string) => {
    if (!zh) return `${LAWS[name][1]}, Art. ${articles}`;
    const said = articles.replaceAll(", ", "、").replace(/\((\d+)\)/g, " 条第 $1 项");
    return `《${LAWS[name][0]}》第 ${said}${said.endsWith("项") ? "" : " 条"}`;
  });
}

/** Words about one's own data: for the desk's page and the phone app's. */
export const words = defineWords({
  mineTitle: ["我的个人信息", "My data"],
  mineLead: [
    "平台保存了我的哪些信息、谁看过、如何取得与删除",
    "What is kept of me, who looked, how to have it and how to have it erased",
  ],
  details: ["基本信息", "Details"],
  identity: ["身份证号", "Identity number"],
  phone: ["电话", "Telephone"],
  birthYear: ["出生年份", "Year of birth"],
  health: ["健康与适岗", "Health and fitness"],
  fit: ["适合当前岗位", "Fit for the work"],
  unfit: ["不适合当前岗位", "Not fit for the work"],
  notSaid: ["未登记", "Not on record"],
  sealedWhy: [
    "这些字段在数据库中加密保存；身份证号只显示首尾。",
    "These fields are encrypted in the database; of the identity number only the ends show.",
  ],
  kept: ["保存的记录", "Records kept"],
  keptWhy: [
    "每类记录的依据，以及删除账号时如何处理",
    "What each kind rests on, and what an erasure does with it",
  ],
  record: ["记录", "Record"],
  rows: ["条数", "Rows"],
  law: ["依据", "Rests on"],
  onErase: ["删除时", "With an erasure"],
  accesses: ["谁看过我的信息", "Who looked"],
  accessesWhy: ["每次查看都会记下查看人与用途", "Every look is written down with its purpose"],
  noAccess: ["还没有人查看过您的个人信息", "Nobody has looked at your data yet"],
  at: ["时间", "At"],
  reader: ["查看人", "Who"],
  what: ["内容", "What"],
  purpose: ["用途", "Purpose"],
  whose: ["当事人", "Whose"],
  breakGlass: ["紧急", "Emergency"],
  breakGlassWhy: [
    "在紧急查看或救援中、未经同意的查看",
    "Looked at in an emergency or a rescue, without consent",
  ],
  emergencies: ["紧急查看过我所在组织的人", "Who opened my organisation in an emergency"],
  emergenciesWhy: [
    "权限范围以外的人写明理由后，可以限时只读查看本组织的数据；每一次都列在这里。",
    "Somebody who does not see this organisation otherwise may read it for some minutes, with a reason; each time is listed here.",
  ],
  noEmergencies: ["没有人紧急查看过", "Nobody did"],
  emergencyOf: ["{who}（{from}）查看“{what}”", "{who} ({from}) read “{what}”"],
  emergencyTime: ["{from} 至 {to}，读取 {n} 次", "{from} to {to}, {n} looks"],
  emergencyNow: ["{from} 起，最迟 {to} 结束，已读取 {n} 次", "since {from}, over by {to}, {n} looks so far"],
  what_details: ["基本信息", "Details"],
  what_details_full: ["完整身份证号", "Full identity number"],
  what_identity_search: ["按身份证号查找", "Search by identity number"],
  what_position: ["位置", "Position"],
  what_channel: ["个人监测数据", "Personal readings"],
  what_reporter_contact: ["上报人联系方式", "Contact of a reporter"],
  what_export: ["申请导出", "Export asked for"],
  what_export_fetched: ["下载导出文件", "Export fetched"],
  exports: ["导出我的信息", "Export"],
  exportsWhy: [
    "一个压缩包：机器可读的 JSON 与中英文网页；保留 7 天后删除。",
    "One ZIP: JSON for programs and pages in both languages; deleted after 7 days.",
  ],
  exportNow: ["申请导出", "Ask for an export"],
  download: ["下载", "Download"],
  state_waiting: ["制作中", "Being made"],
  state_ready: ["可下载", "Ready"],
  state_failed: ["失败，请重新申请", "Failed; ask again"],
  state_gone: ["已过期删除", "Deleted after its week"],
  erase: ["删除我的信息", "Erasure"],
  eraseWhy: [
    "姓名换成假名，联系方式与健康信息删除；法律要求保留的记录以假名保留。由负责人决定，结果会写明。",
    "Your name becomes a pseudonym, contacts and health data are deleted; records that law asks for stay under the pseudonym. A named person decides, and the result says what and why.",
  ],
  eraseAsk: ["申请删除", "Ask to be erased"],
  eraseSure: [
    "同意后您将无法再登录，且不能恢复。确定申请？",
    "Once granted you can't sign in any more, and it can't be undone. Ask for it?",
  ],
  eraseReason: ["理由（可不填）", "Reason (optional)"],
  state_asked: ["等待处理", "Waiting"],
  state_done: ["已删除", "Erased"],
  state_refused: ["已拒绝", "Refused"],
  consents: ["对位置使用的同意", "Consent to the use of my position"],
  consentsWhy: [
    "仅用于安全；随时可以撤回，撤回后只保留所在区域",
    "For safety only; withdraw at any time, and only the area is kept from then on",
  ],
  purpose_alarm: ["报警时确认我的位置", "To find me when an alarm concerns me"],
  purpose_rescue: ["救援时寻找我", "To find me in a rescue"],
  agree: ["同意", "Agree"],
  withdraw: ["撤回", "Withdraw"],
  agreedSince: ["{at} 起同意", "Agreed since {at}"],
  notAgreed: ["未同意", "Not agreed"],
});
