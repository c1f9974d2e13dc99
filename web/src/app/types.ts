// Names for the shapes in api.d.ts, which `npm run api` generates from the server's schema. Where the schema says only
// "a string" and the server answers one of a few words, the words are named here.
import type { components } from "./api";

type Schemas = components["schemas"];
type With<Shape, Narrowed> = Omit<Shape, keyof Narrowed> & Narrowed;

export type Colour = "red" | "orange" | "yellow" | "blue";
/** An enterprise without a profile has no colour yet. */
export type ColourOrNone = Colour | "";

export type Me = Schemas["Me"];
export type DemoAccount = Schemas["DemoAccount"];
export type Person = Schemas["PersonOut"];

export type Overview = Schemas["Overview"];
export type TierCounts = Schemas["Tiers"];
export type MapPoint = With<Schemas["MapPoint"], { colour: ColourOrNone }>;
export interface District {
  properties: { id?: string | number; name_zh?: string; name_en?: string };
}
export interface RegionMap {
  districts: { type: "FeatureCollection"; features: District[] };
  points: MapPoint[];
}
export type EnterpriseRow = With<Schemas["EnterpriseRow"], { colour: ColourOrNone }>;
export type ProfileMonth = With<Schemas["ProfileMonthOut"], { colour: Colour }>;
export type Enterprise = With<
  Schemas["EnterpriseDetail"],
  { colour: ColourOrNone; profile: ProfileMonth | null }
>;
export type Industry = Schemas["IndustryCount"];

export type PointRow = With<Schemas["PointRow"], { lec: With<Schemas["LecOut"], { colour: Colour }> }>;
export type Point = With<Schemas["PointDetail"], { lec: PointRow["lec"] }>;
export type PointStatus = PointRow["status"];
export type PointAnswer = Schemas["AnswerOut"];
export type AnswerResult = PointAnswer["result"];
export type Measure = Schemas["MeasureOut"];

export type WarningRow = With<Schemas["WarningRow"], { colour: Colour }>;
export type WarningDetail = With<Schemas["WarningDetail"], { colour: Colour }>;
export type WarningState = WarningRow["state"];
export type Tier = WarningRow["tier"];
export type WarningPage = With<Schemas["WarningPage"], { items: WarningRow[] }>;

export type CaseRow = Schemas["CaseRow"];
export type CaseDetail = Schemas["CaseDetail"];
export type Facet = Schemas["FacetOut"];
export type CodeSuggestion = Schemas["SuggestionOut"];
export type StandardCode = Schemas["CodeOut"];

export type CaseProgress = Schemas["ProgressOut"];
export type Undone = Schemas["UndoneOut"];
export type DecidingWord = Schemas["EvidenceOut"];
export type NearCase = Schemas["NearOut"];
export type ClassOffer = Schemas["ClassOffer"];
export type BulkPreview = Schemas["BulkPreview"];
export type BulkAccept = Schemas["BulkOut"];
export type CaseCoder = Schemas["CoderOut"];
export type Campaign = Schemas["CampaignOut"];
export type BlindTask = Schemas["BlindTask"];
export type Agreement = Schemas["AgreementOut"];

export type FacetModels = Schemas["FacetDesk"];
export type ModelVersion = Schemas["VersionRow"];
export type ModelCard = Schemas["VersionDetail"];
export type ModelFigures = Schemas["EvaluationOut"];
export type ModelTraining = Schemas["RunOut"];
export type ModelComparison = Schemas["ComparisonOut"];
export type ModelMonth = Schemas["MonthOut"];

export type RecordPair = Schemas["PairRow"];
export type RecordField = Schemas["FieldPair"];
export type RecordPairDetail = Schemas["PairDetail"];
export type RecordPairCounts = Schemas["QueueCounts"];
export type ClusterEvent = "created" | "grown" | "reduced" | "merged" | "split" | "regrouped" | "gone";
export type RecordCluster = With<
  Schemas["ClusterOut"],
  { changes: With<Schemas["ClusterChangeOut"], { event: ClusterEvent }>[] }
>;

export type GraphSummary = Schemas["SummaryOut"];
export type GraphNode = Schemas["NodeOut"];
export type GraphSpot = Schemas["SpotOut"];
export type GraphFact = Schemas["FactOut"];
export type GraphCircle = Schemas["CircleOut"];
export type GraphChain = Schemas["ChainOut"];
export type GraphNodeDetail = Schemas["NodeDetail"];
export type GraphWay = Schemas["WayOut"];
export type GraphBond = Schemas["BondOut"];
export type GraphCut = Schemas["CutOut"];
export type GraphCandidate = Schemas["CandidateOut"];

export type PlacesOf = Schemas["PlacesOf"];
export type Place = Schemas["AreaOut"];
export type AreaDraft = Schemas["AreaIn"];
export type SitePlan = Schemas["PlanOut"];
export type WorkerReport = Schemas["ReportOut"];
export type ReportContact = Schemas["Contact"];

export type Checkpoint = Schemas["CheckpointOut"];
export type LedgerEntry = Schemas["EntryRow"];
export type LedgerPage = Schemas["EntryPage"];
export type LedgerProof = Schemas["ProofOut"];
export type LedgerVerdict = Schemas["Verification"];
export type LedgerFinding = Schemas["FindingOut"];
export type SignedCheckpoint = Schemas["SignedCheckpoint"];
export type LedgerWitness = Schemas["WitnessRow"];

export type HealthOverview = Schemas["HealthOverview"];
export type HealthPoint = Schemas["TrendOut"];
export type DataSource = Schemas["SourceDetail"];
export type WorstRow = Schemas["WorstOut"];

export interface Page<Row> {
  total: number;
  page: number;
  size: number;
  items: Row[];
}

export type CaseAttribution = Schemas["AttributionOut"];
export type AttributionSpan = Schemas["SpanOut"];
export type AttributionLink = Schemas["LinkOut"];
export type CauseFactor = CaseAttribution["factors"][number]["factor"];

export type RatesDesk = Schemas["RatesDesk"];
export type RateRun = Schemas["RateRunOut"];
export type RuleTable = Schemas["TableOut"];
export type PoolSimulation = Schemas["SimulationOut"];
export type RateProposalRow = Schemas["ProposalRow"];
export type RateProposal = Schemas["ProposalDetail"];
export type RefusedRateRow = Schemas["RefusedOut"];
export type SafetyValue = Schemas["SafetyValueOut"];
export type MeasureValue = Schemas["MeasureValueOut"];
export type ValueRange = Schemas["RangeOut"];

export type ParticipationDesk = Schemas["ParticipationDesk"];
export type IdeaBoard = Schemas["IdeaBoard"];
export type IdeaState = Schemas["IdeaRow"]["state"];
export type IdeaRow = Schemas["IdeaRow"];
export type Idea = Schemas["IdeaDetail"];
export type IdeaStepKind = Idea["next_steps"][number];
export type OwnPart = Schemas["OwnPart"];
export type PointRules = Schemas["PointRulesOut"];
export type RewardDesk = Schemas["RewardDesk"];
export type DueReward = Schemas["DueReward"];
export type ApprovedReward = Schemas["RewardOut"];
export type Claim = Schemas["RewardClaim"];
export type Assessment = Schemas["AssessmentOut"];
export type AssessmentForm = Schemas["AssessmentForm"];
export type AssessmentResult = Schemas["AssessmentResult"];
export type FoundByWorkers = Schemas["FoundByWorkers"];

export type DecisionDesk = Schemas["DecisionDesk"];
export type DecisionDocument = Schemas["DecisionDocument"];
export type DecisionDocumentIn = Schemas["DecisionDocumentIn"];
export type DecisionTable = Schemas["DecisionTableOut"];
export type DecisionColumn = Schemas["DecisionColumn"];
export type DecisionRule = Schemas["DecisionRule"];
export type TableFinding = Schemas["TableFinding"];
export type TableCheck = Schemas["TableCheck"];
export type TableVersion = Schemas["TableVersionRow"];
export type TableVersionDetail = Schemas["TableVersionDetail"];
export type TableChange = Schemas["TableChangeOut"];
export type TableTrial = Schemas["TableTrialOut"];
export type TrialResult = Schemas["TrialResult"];
export type TrialExample = Schemas["TrialExample"];
export type TierTally = Schemas["TierTally"];

export type HazardRow = Schemas["HazardRow"];
export type HazardPage = Schemas["HazardPage"];
export type HazardBoard = Schemas["HazardBoard"];
export type HazardColumn = Schemas["HazardColumn"];
export type HazardDetail = Schemas["HazardDetail"];
export type HazardState = HazardRow["state"];
export type HazardLevel = HazardRow["level"];
export type HazardMap = Schemas["HazardMap"];
export type HazardFigures = Schemas["HazardFigures"];
export type HazardKind = Schemas["HazardKindOut"];
export type HazardPhoto = Schemas["HazardPhotoOut"];
export type HazardStep = Schemas["HazardStepOut"];
export type MajorCriterion = Schemas["MajorCriterionOut"];
