import { expect, test } from "vitest";
import { csvText } from "./csv";

test("a cell that begins like a formula is kept as text, and quotes and commas survive", () => {
  expect(csvText([["=1+1", 'say "hi", twice', "王"]])).toBe('\uFEFF\'=1+1,"say ""hi"", twice",王\r\n');
});
