import { describe, expect, it } from "vitest";
import { readKey, verifyFile } from "./verify";
import { say, words } from "./words";

// Written by yufang.ledger: leaves 3 and 9 of a log of 33, cosigned by one witness (tests/ledger/test_witness.py).
const KEY = "example.org/log+8f13f9e4+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";
const OTHER = "example.org/log+90f2c0b4+Ae1JKMYo0cLG6ukDOJBZlWEpWSc6XGP5NjbBRhSshzfR";
const WITNESS = "witness.example/w1+df1c0a35+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";
const FILE = [
  "c2sp.org/tlog-proof@v1",
  "extra eyJudW1iZXIiOjMsInN1YmplY3QiOiJoYXphcmQ6MSJ9",
  "index 3",
  "NO5MMAUa74a45/wZG9Ax1/nHdGhpzSdJIWapvLWFsNs=",
  "nNjBrCEmIuQJcOUseZcxxMQiTozHYtRwRxfRJWvORsg=",
  "wkpKHfNprxNd0XvkSPYFfQ0o4HDrVOlO2DDsWmw7Wx4=",
  "Ick2+gih81/4ilP2vxsCrFIyID3m8D+cnC0BtaDz+Fc=",
  "msYFZO7Yfx/8TY5PIJzNMzSuC3UJ4LVgIx0t2letf3Y=",
  "Pba+tgV3qtrjP7bWNi2J8B5BaA/CBMJ1/FQFkG7Q87A=",
  "",
  "example.org/log",
  "33",
  "GdkY1YuE5KEbFP7FSEoZoyWKpk72QL9M85NPpDbVUG0=",
  "",
  "— example.org/log jxP55KHTFNOb50Vk5tTgnbKn+B/HHs2F6kgXgyBIlGgs0dlfAn5eTi/qfY+2sLbirbueNtmhgKp9iNdGA3XBLB7T8wU=",
  "— witness.example/w1 3xwKNQAAAABlU/EAB61qTgAIBjIdOd7HB1J4+v87mqjnWB7yjDJicAfaoUsGAKwOpWhZfKL86WuSsUtgDUrabEIWTfeJDLqh6lJzAQ==",
  "c2sp.org/tlog-proof@v1",
  "extra eyJudW1iZXIiOjksInN1YmplY3QiOiJoYXphcmQ6MSJ9",
  "index 9",
  "QrqgvSlUozTwA8DD2PHVbOmo3SIHBs3G1IVAGsJUnjQ=",
  "66UhswauuHfMOOaldQRj3OYGY+o4R+GmafP8qgAjupE=",
  "uhPD15BjISiKRzdlY5ykCx/jSEtG8K5uzDlw5cKlrZc=",
  "uZp7WA2EmTMUXTRO5yW+AeonbBR4tAApzVT9RvfRx2g=",
  "msYFZO7Yfx/8TY5PIJzNMzSuC3UJ4LVgIx0t2letf3Y=",
  "Pba+tgV3qtrjP7bWNi2J8B5BaA/CBMJ1/FQFkG7Q87A=",
  "",
  "example.org/log",
  "33",
  "GdkY1YuE5KEbFP7FSEoZoyWKpk72QL9M85NPpDbVUG0=",
  "",
  "— example.org/log jxP55KHTFNOb50Vk5tTgnbKn+B/HHs2F6kgXgyBIlGgs0dlfAn5eTi/qfY+2sLbirbueNtmhgKp9iNdGA3XBLB7T8wU=",
  "— witness.example/w1 3xwKNQAAAABlU/EAB61qTgAIBjIdOd7HB1J4+v87mqjnWB7yjDJicAfaoUsGAKwOpWhZfKL86WuSsUtgDUrabEIWTfeJDLqh6lJzAQ==",
  "",
].join("\n");

const key = (line: string) => {
  const read = readKey(line);
  if (!read) throw new Error(line);
  return read;
};
const failures = (text: string, log = KEY, witnesses: string[] = []) =>
  verifyFile(text, key(log), witnesses.map(key))?.map((proof) => proof.failure);

describe("a proof file", () => {
  it("holds as the platform wrote it, with its witness", () => {
    const proofs = verifyFile(FILE, key(KEY), [key(WITNESS)]) ?? [];
    expect(proofs.map((proof) => [proof.index, proof.size, proof.failure])).toEqual([
      [3, 33, null],
      [9, 33, null],
    ]);
    expect(proofs[0]?.witnesses).toEqual([{ name: "witness.example/w1", at: new Date(1_700_000_000_000) }]);
    expect(proofs[0]?.others).toBe(0);
    expect(proofs[0]?.text).toContain("hazard:1");
  });
  it("does not hold when any part of it was changed", () => {
    expect(failures(FILE.replace("index 9", "index 8"))).toEqual([null, "path"]);
    expect(failures(FILE.replace("extra eyJ", "extra eyI"))?.[0]).not.toBeNull();
    expect(failures(FILE.replaceAll("\n33\n", "\n34\n"))).toEqual(["signature", "signature"]);
    expect(failures(FILE.slice(0, 300))?.at(-1)).toBe("form");
  });
  it("counts for the key that was given and no other", () => {
    expect(failures(FILE, OTHER)).toEqual(["unsigned", "unsigned"]);
    expect(failures(FILE, KEY, [OTHER])).toEqual(["witness", "witness"]);
  });
  it("is told from anything else", () => {
    expect(verifyFile("hello", key(KEY))).toBeNull();
    expect(readKey("example.org/log+00000000+AAAA")).toBeNull();
    expect(readKey(KEY.replace("+A", "+B"))).toBeNull();
  });
});

describe("the page's words", () => {
  it("are there in both languages, with the same values", () => {
    for (const [zh, en] of Object.values(words)) {
      const values = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
      expect(values(en)).toEqual(values(zh));
    }
    expect(say("en", "entry", { n: 7 })).toBe("Entry 7");
  });
});
