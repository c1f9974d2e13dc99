import type { components } from "@/app/api";

type Schemas = components["schemas"];

/** What a QR code stands for: an area of an enterprise. */
export type Place = Schemas["PlaceOut"];
export type Kind = Schemas["KindOut"];
export type Suggestion = Schemas["Suggestions"];
export type Similar = Schemas["SimilarOut"];
/** The server's word on a report: its private code, which files have not come yet, and which can't be kept. */
export type Taken = Schemas["Receipt"];
export type Story = Schemas["Follow"];

/** Where in the area it is, and how that is known. `x` and `y` run from 0 to 1 over the plan. */
export type Spot = Required<Schemas["SpotIn"]>;
export type DeclaredFile = Required<Schemas["ReportFileIn"]>;
export type ReportBody = Required<Schemas["ReportIn"]> & { spot: Spot; files: DeclaredFile[] };
