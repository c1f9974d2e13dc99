// The shapes that the server answers with. Names follow the schema at /api/openapi.json.
export type Colour = "red" | "orange" | "yellow" | "blue";
export type Tier = "high" | "medium" | "low";
export type TierCounts = Record<Tier, number>;

export interface Me {
  id: number | string;
  username: string;
  name: string;
  locale: string;
  roles: string[];
  permissions: string[];
  organisation: { id: number | string; name: string; kind: string; path: string; synthetic: boolean };
}
export interface DemoAccount {
  username: string;
  password: string;
  role: string;
  name_zh: string;
  name_en: string;
}
export interface Person {
  id: number | string;
  name: string;
  role: string;
  organisation_name: string;
}
export interface Overview {
  enterprises: number;
  colours: Record<Colour, number>;
  open_warnings: TierCounts;
  answered_share: number | null;
  cases_12m: number;
  cases_prev_12m: number;
  verified_rate: number | null;
  review_queue: number;
  synthetic: boolean;
  region_name: string;
  months: { month: string; injuries: number }[];
}
export interface MapPoint {
  id: string;
  name: string;
  lon: number | null;
  lat: number | null;
  colour: Colour;
  score: number;
  high: number;
}
export interface RegionMap {
  districts: { type: "FeatureCollection"; features: unknown[] } | null;
  points: MapPoint[];
}
export interface EnterpriseRow {
  id: string;
  name: string;
  industry_code: string;
  industry_zh: string;
  industry_en: string;
  district: string;
  colour: Colour;
  score: number;
  rank: number;
  trend: number;
  expected_injuries: number;
  peer_percentile: number;
  injuries_12m: number;
  open_warnings: TierCounts;
  lon: number | null;
  lat: number | null;
  synthetic: boolean;
  sparkline: number[];
}
export interface Page<Row> {
  total: number;
  page: number;
  size: number;
  items: Row[];
}
export interface Equipment {
  id: string;
  name: string;
  kind: string;
  model: string;
  count: number;
  commissioned_on: string | null;
}
export interface ProfileMonth {
  month: string;
  score: number;
  colour: Colour;
  expected_injuries: number;
  expected_injuries_low: number;
  expected_injuries_high: number;
  expected_lost_days: number;
  credibility: number;
  injuries_12m: number;
  hazards_12m: number;
  trend: number;
  peer_percentile: number;
  reasons_zh: string[];
  reasons_en: string[];
}
export interface Enterprise extends EnterpriseRow {
  employees: number | null;
  credit_code: string;
  equipment: Equipment[];
  processes: string[];
  materials: string[];
  profile: ProfileMonth | null;
}
export interface Industry {
  code: string;
  name_zh: string;
  name_en: string;
  count: number;
}

export type PointStatus = "open" | "confirmed" | "not_found" | "not_applicable";
export interface PointRow {
  id: number | string;
  key: string;
  rank: number;
  title_zh: string;
  title_en: string;
  equipment: string;
  part: string;
  probability: number;
  lec: { likelihood: number; exposure: number; consequence: number; score: number; colour: Colour };
  accident_type: string;
  accident_type_zh: string;
  accident_type_en: string;
  severity: string;
  status: PointStatus;
  answered_by: string | null;
  answered_at: string | null;
}
export interface Measure {
  level: string;
  text_zh: string;
  text_en: string;
}
export interface PointAnswer {
  id: number | string;
  result: PointStatus;
  note: string;
  by: string;
  at: string;
  ledger_index: number | null;
}
export interface Point extends PointRow {
  enterprise_id: string;
  enterprise_name: string;
  circumstance_zh: string;
  circumstance_en: string;
  consequence_zh: string;
  consequence_en: string;
  measures: Measure[];
  clause: string;
  training: string;
  ppe: string[];
  signals: string[];
  path: { source: string; relation: string; target: string; provenance: string; support: number }[];
  records: { record_id: string; origin: string; on: string | null; enterprise_name: string; text: string }[];
  model_version: string;
  answers: PointAnswer[];
  synthetic: boolean;
}

export type WarningState = "raised" | "acknowledged" | "handed_on" | "resolved";
export interface WarningRow {
  id: number | string;
  tier: Tier;
  state: WarningState;
  route: string;
  title_zh: string;
  title_en: string;
  enterprise_id: string;
  enterprise_name: string;
  probability: number;
  colour: Colour;
  raised_at: string;
  due_on: string;
  assignee: string | null;
  overdue: boolean;
}
export interface WarningPage extends Page<WarningRow> {
  counts: { tier: Partial<TierCounts>; state: Partial<Record<WarningState, number>> };
}
export interface WarningDetail extends WarningRow {
  reason_zh: string;
  reason_en: string;
  rule: string;
  measures: Measure[];
  procedure_zh: string;
  procedure_en: string;
  training: string;
  hazard_point_id: number | string | null;
  history: { at: string; by: string; action: string; note: string; ledger_index: number | null }[];
  synthetic: boolean;
}

export interface CodeSuggestion {
  code: string;
  name_zh: string;
  name_en: string;
  probability: number;
}
export interface CaseRow {
  id: string;
  occurred_on: string | null;
  enterprise_name: string;
  excerpt: string;
  facet: string;
  suggestion: CodeSuggestion | null;
  state: string;
}
export interface Facet {
  facet: string;
  facet_zh: string;
  facet_en: string;
  state: "auto" | "review" | "decided";
  code: string | null;
  name_zh: string;
  name_en: string;
  probability: number;
  threshold: number;
  suggestions: CodeSuggestion[];
  evidence: { start: number; end: number; text: string; weight: number }[];
  model_version: string;
  decided_by: string | null;
  decided_at: string | null;
  note: string;
  list_key: string | null;
}
export interface CaseDetail {
  id: string;
  occurred_on: string | null;
  reported_on: string | null;
  enterprise_id: string;
  enterprise_name: string;
  narrative: string;
  place: string;
  job: string;
  equipment: string;
  lost_days: number | null;
  deaths: number | null;
  synthetic: boolean;
  facets: Facet[];
}
export interface StandardCode {
  code: string;
  name_zh: string;
  name_en: string;
  parent: string | null;
}

export interface Checkpoint {
  size: number;
  root_hash: string;
  at: string | null;
}
export interface LedgerEntry {
  index: number;
  at: string;
  action: string;
  actor: string;
  subject: string;
  sentence_zh: string;
  sentence_en: string;
  leaf_hash: string;
}
export interface LedgerProof {
  index: number;
  size: number;
  leaf_hash: string;
  root_hash: string;
  path: string[];
}
export interface LedgerVerdict {
  ok: boolean;
  size: number;
  first_bad_index: number | null;
  reason: string;
}
