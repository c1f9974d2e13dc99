import { defineWords } from "@/app/i18n";

export const words = defineWords({
  title: ["工人上报", "Reports behind it"],
  count: ["{n} 份", "{n}"],
  anonymous: ["匿名", "Anonymous"],
  unnamed: ["实名（无账号）", "By name, without an account"],
  first: ["首次上报", "First report"],
  joined: ["同一隐患的补充上报", "Says the same"],
  said: ["{at} 发现", "Seen {at}"],
  late: ["{at} 收到", "received {at}"],
  voice: ["语音（{n} 秒）", "Voice note ({n} s)"],
  voiceOnly: ["语音", "Voice note"],
  photo: ["上报照片 {n}", "Photo {n} of the report"],
  noWords: ["（没有文字）", "(no words)"],
  contact: ["查看联系方式", "Show the contact"],
  contactWhy: ["查看会记入账本", "Reading it is logged"],
});
