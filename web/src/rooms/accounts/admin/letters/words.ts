import { defineWords } from "@/app/i18n";

export const words = defineWords({
  title: ["邀请进度", "Invitations"],
  byMessage: [
    "把链接直接发到文件中的邮箱或手机（{n} 人），其余当面交付",
    "Send the links to the addresses in the file ({n} people); hand over the others",
  ],
  willGo: ["发往 {to}", "will go to {to}"],
  sentOff: ["已交付发送 {n} 人", "{n} on their way"],
  all: ["全部", "All"],
  by_hand: ["当面交付", "By hand"],
  waiting: ["发送中", "On its way"],
  sent: ["已发出", "Sent"],
  failed: ["未送达", "Failed"],
  used: ["已接受", "Accepted"],
  expired: ["已过期", "Expired"],
  counts: [
    "发送中 {waiting}，已发出 {sent}，未送达 {failed}。",
    "{waiting} on their way, {sent} sent, {failed} failed.",
  ],
  filter: ["按状态筛选", "Filter by state"],
  person: ["人员", "Person"],
  where: ["发往", "Sent to"],
  state: ["状态", "State"],
  until: ["有效至", "Good until"],
  tries: ["已尝试 {n} 次，{at} 再试", "{n} tries, next at {at}"],
  again: ["重新发送", "Send again"],
  byLetter: ["改为发送", "Send it"],
  address: ["邮箱或手机号", "E-mail or telephone number"],
  sameAddress: ["留空则发往 {to}", "Empty: to {to}"],
  againWhy: [
    "会生成新链接，之前的链接随即失效。链接只发给本人，此处不显示。",
    "A new link is made and the one of before stops working. Only its reader sees it.",
  ],
  send: ["发送", "Send"],
  none: ["没有这样的邀请", "No such invitations"],
});
