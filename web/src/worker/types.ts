export interface Kind {
  key: string;
  zh: string;
  en: string;
}
/** What a QR code stands for: an area of an enterprise. */
export interface Place {
  token: string;
  area_zh: string;
  area_en: string;
  organisation: string;
  plan: { image: string; width: number; height: number } | null;
  spot: [number, number] | null;
  closed: boolean;
  closed_why_zh: string;
  closed_why_en: string;
  kinds: Kind[];
  promise_hours: number;
  signed_in_as: string | null;
  synthetic: boolean;
}
export interface Similar {
  id: number;
  title_zh: string;
  title_en: string;
  opened_at: string;
  state: string;
  area_zh: string;
  area_en: string;
}
export interface Suggestion {
  kinds: (Kind & { probability: number })[];
  similar: Similar[];
}
/** Where in the area it is, and how that is known. `x` and `y` run from 0 to 1 over the plan. */
export interface Spot {
  source: "qr" | "gps" | "plan";
  x: number | null;
  y: number | null;
  lat: number | null;
  lon: number | null;
  accuracy_m: number | null;
}
export interface DeclaredFile {
  id: string;
  kind: "photo" | "voice";
  sha256: string;
  size: number;
  type: string;
}
export interface ReportBody {
  token: string;
  words: string;
  kind: string | null;
  named: boolean;
  name: string | null;
  phone: string | null;
  spot: Spot;
  said_at: string;
  same_as: number | null;
  files: DeclaredFile[];
}
/** The server's word on a report: its private code, and which declared files have not come yet. */
export interface Taken {
  code: string;
  state: "waiting" | "complete";
  missing: string[];
  /** Files that came and can't be kept; the report goes on without them. */
  refused: { id: string; message_zh: string; message_en: string }[];
  /** It was added to a hazard that somebody had reported. */
  joined: boolean;
  note_zh: string;
  note_en: string;
}
export interface StoryStep {
  at: string;
  state: string;
  text_zh: string;
  text_en: string;
}
export interface Story {
  state: string;
  steps: StoryStep[];
  words: string;
  photos: string[];
  after_photos: string[];
  /** When it is to be fixed, and when somebody is to have answered. */
  due_at: string | null;
  promise_due_at: string | null;
  may_confirm: boolean;
  may_contest: boolean;
  area_zh: string;
  area_en: string;
  said_at: string;
  synthetic: boolean;
}
