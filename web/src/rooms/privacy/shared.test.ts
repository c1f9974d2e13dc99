import { describe, expect, it } from "vitest";
import { lawName } from "./own/words";
import { csvOf } from "./shared";

describe("rows as CSV", () => {
  it("says who, when and what for first, and keeps formulas from running", () => {
    const text = csvOf("导出人 甲，用途：规划", [{ id: 1, enterprise: '=cmd("x")', cases: null }]);
    const [mark, head, row] = text.slice(1).split("\r\n");
    expect(text[0]).toBe("\ufeff");
    expect(mark).toBe("导出人 甲，用途：规划");
    expect(head).toBe("id,enterprise,cases");
    expect(row).toBe('1,"\'=cmd(""x"")",');
  });

  it("leaves negative numbers numbers", () => {
    expect(csvOf("m", [{ n: -3 }])).toContain("\r\n-3\r\n");
  });
});

it("a rule is called by its law's name and article", () => {
  expect(lawName("PIPL 13(2)", true)).toBe("《个人信息保护法》第 13 条第 2 项");
  expect(lawName("PIPL 51, 54", true)).toBe("《个人信息保护法》第 51、54 条");
  expect(lawName("PIPL 13(1), 29", false)).toBe("Personal Information Protection Law, Art. 13(1), 29");
});
