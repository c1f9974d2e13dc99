import { defineWords } from "@/app/i18n";

export const words = defineWords({
  title: ["登录", "Sign in"],
  lead: [
    "从案例、隐患到分级预警，每一步有据可查。",
    "From cases and hazards to tiered warnings, every step with its evidence.",
  ],
  username: ["用户名", "User name"],
  password: ["密码", "Password"],
  usernameMissing: ["请输入用户名", "Enter your user name"],
  passwordMissing: ["请输入密码", "Enter your password"],
  submit: ["登录", "Sign in"],
  demo: ["演示账户", "Demo accounts"],
  demoLead: ["点一下即可登录。数据均为虚构。", "One click signs you in. All data are fictional."],
  leaveFailed: ["没能退出，请重试。", "Could not sign out; try again."],
});
