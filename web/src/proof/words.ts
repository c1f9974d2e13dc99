export type Language = "zh" | "en";

export const words = {
  title: ["核验证明文件", "Verify a proof file"],
  lead: [
    "证明文件（.tlog-proof）在您的浏览器里核验，不联网，也不上传任何内容。",
    "A proof file (.tlog-proof) is verified in your browser: nothing is uploaded and no server is asked.",
  ],
  key: ["账本公钥", "The ledger's public key"],
  keyFromHere: [
    "这把公钥由本站提供。要防备本站作假，请与您另行取得的公钥比对，或直接粘贴另行取得的公钥。",
    "This key comes from this site. To guard against the site itself, compare it with one you got elsewhere, or paste that one.",
  ],
  keyWrong: [
    "公钥不完整：应为“名称+编号+一串字母数字”，请整行复制。",
    "The key is not complete: copy the whole line NAME+ID+LETTERS.",
  ],
  witnesses: ["见证人公钥（可不填，一行一把）", "Public keys of witnesses (optional, one a line)"],
  witnessesWhy: [
    "填写后，只有每位见证人都签过名的证明才算通过。",
    "With these, a proof holds only if every witness cosigned it.",
  ],
  file: ["选择证明文件", "Choose a proof file"],
  drop: ["或把文件拖到这里", "or drop it here"],
  attachments: ["核对附件（照片、语音）", "Check attachments (photos, voice)"],
  attachmentsWhy: [
    "选择收到的原文件，看它是否就是记录所附的那一个。",
    "Choose the files you were given, to see whether they are the ones the record names.",
  ],
  named: ["{file}：就是第 {n} 条记录所附的文件", "{file}: it is the file that entry {n} names"],
  notNamed: ["{file}：这些记录都没有附过此文件", "{file}: none of these entries names it"],
  notProof: [
    "这不是证明文件。请选择从平台下载的 .tlog-proof 文件。",
    "This is not a proof file. Choose a .tlog-proof file as the platform gives it.",
  ],
  tooLarge: ["文件超过 20 MB，不是证明文件。", "The file has more than 20 MB: it is no proof file."],
  allHold: ["全部 {n} 条证明成立", "All {n} proofs hold"],
  oneHolds: ["证明成立", "The proof holds"],
  someFail: ["{n} 条证明中有 {bad} 条不成立", "{bad} of {n} proofs do not hold"],
  form: ["格式残缺，可能被截断或改动", "Its form is broken: it may have been cut or changed"],
  signature: ["检查点的签名不成立：内容被改动", "The checkpoint's signature does not hold: it was changed"],
  unsigned: ["检查点没有用上面这把公钥签名", "The checkpoint was not signed by the key above"],
  other_log: ["检查点属于另一个账本：{origin}", "The checkpoint is of another ledger: {origin}"],
  path: [
    "记录内容或位置与账本不符：被改动",
    "The entry is not what stands at its place in the ledger: it was changed",
  ],
  witness: ["缺少所填见证人的签名", "The signature of a witness named above is missing"],
  entry: ["第 {n} 条", "Entry {n}"],
  ofLog: ["账本 {origin}，共 {size} 条时", "Ledger {origin}, when it had {size} entries"],
  cosigned: ["见证：{name}，{at}", "Witnessed by {name}, {at}"],
  others: [
    "另有 {n} 个签名的公钥未填写，未核验",
    "{n} more signatures by keys that were not given, not verified",
  ],
  what: ["动作", "Action"],
  record: ["记录", "Record"],
  at: ["时间", "Time"],
  where: ["组织", "Organisation"],
  facts: ["内容", "Content"],
  raw: ["原文", "As it was hashed"],
  means: [
    "成立表示：这条记录仍在账本中原来的位置，写入之后未被改动。记录所述是否属实，不由证明判断。",
    "That a proof holds means: the entry stands at its place in the ledger and was not changed since. Whether what it says is true, a proof does not tell.",
  ],
  script: [
    "也可以不用浏览器：python3 verify_proof.py 文件 --key 公钥",
    "Without a browser: python3 verify_proof.py FILE --key KEY",
  ],
} as const satisfies Record<string, readonly [string, string]>;

export type Word = keyof typeof words;

export function say(language: Language, word: Word, values: Record<string, string | number> = {}): string {
  const text: string = words[word][language === "zh" ? 0 : 1];
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
