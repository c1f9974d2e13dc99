import type { PointRow } from "@/app/types";

/** Equipment and part on one line, each in the language that `either` chooses. */
export function placeOf(
  row: Pick<PointRow, "equipment" | "equipment_en" | "part" | "part_en">,
  either: (zh: string, en: string) => string,
): string {
  return [either(row.equipment, row.equipment_en), either(row.part, row.part_en)].filter(Boolean).join(" · ");
}
