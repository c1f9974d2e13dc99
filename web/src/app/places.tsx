import {
  AccountBookOutlined,
  ApartmentOutlined,
  AppstoreOutlined,
  BankOutlined,
  BellOutlined,
  CheckSquareOutlined,
  ControlOutlined,
  DatabaseOutlined,
  EnvironmentOutlined,
  ExperimentOutlined,
  EyeInvisibleOutlined,
  FileDoneOutlined,
  FileSearchOutlined,
  LinkOutlined,
  RadarChartOutlined,
  SafetyCertificateOutlined,
  ScheduleOutlined,
  ShareAltOutlined,
  TeamOutlined,
  ToolOutlined,
  UsergroupAddOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";
import type { Me } from "./types";
import type { words } from "./words";

type WordKey = keyof typeof words;
type May = (permission: string) => boolean;

export interface Place {
  to: string;
  word: WordKey;
  icon: ReactNode;
}

export interface PlaceGroup {
  word: "analyse" | "manage";
  icon: ReactNode;
  places: Place[];
}

export interface Places {
  direct: Place[];
  groups: PlaceGroup[];
}

/** More than this do not fit into the bar: what is used by the week then stands in groups. */
const FIT = 8;

interface Known extends Place {
  may: (may: May) => boolean;
  group?: PlaceGroup["word"];
}

const KNOWN: Known[] = [
  { to: "/", word: "region", icon: <AppstoreOutlined />, may: (may) => may("region.read") },
  {
    to: "/",
    word: "enterprise",
    icon: <BankOutlined />,
    may: (may) => !may("region.read") && !may("cases.decide"),
  },
  { to: "/verify", word: "verify", icon: <CheckSquareOutlined />, may: (may) => may("deduction.answer") },
  {
    to: "/inspections",
    word: "inspections",
    icon: <FileDoneOutlined />,
    may: (may) => may("inspections.do"),
  },
  {
    to: "/warnings",
    word: "warnings",
    icon: <BellOutlined />,
    may: (may) => !may("cases.decide") || may("region.read"),
  },
  {
    to: "/live",
    word: "livePlace",
    icon: <RadarChartOutlined />,
    may: (may) => !may("cases.decide") || may("region.read"),
  },
  { to: "/hazards", word: "hazards", icon: <ToolOutlined />, may: (may) => may("hazards.handle") },
  {
    to: "/cases",
    word: "cases",
    icon: <FileSearchOutlined />,
    may: (may) => may("cases.decide") || may("region.read"),
  },
  {
    to: "/graph",
    word: "graph",
    icon: <ApartmentOutlined />,
    may: (may) => may("region.read"),
    group: "analyse",
  },
  {
    to: "/models",
    word: "models",
    icon: <ExperimentOutlined />,
    may: (may) => may("models.train") || may("models.promote"),
    group: "analyse",
  },
  {
    to: "/data-health",
    word: "dataHealth",
    icon: <DatabaseOutlined />,
    may: (may) => may("region.read"),
    group: "analyse",
  },
  {
    to: "/linkage",
    word: "linkage",
    icon: <LinkOutlined />,
    may: (may) => may("linkage.decide"),
    group: "analyse",
  },
  {
    to: "/rates",
    word: "rates",
    icon: <AccountBookOutlined />,
    may: (may) => may("region.read"),
    group: "analyse",
  },
  {
    to: "/participation",
    word: "participation",
    icon: <TeamOutlined />,
    may: (may) => may("participation.take_part"),
  },
  {
    to: "/places",
    word: "places",
    icon: <EnvironmentOutlined />,
    may: (may) => may("places.manage"),
    group: "manage",
  },
  {
    to: "/decisions",
    word: "decisions",
    icon: <ControlOutlined />,
    may: (may) => may("decisions.edit"),
    group: "manage",
  },
  {
    to: "/dispatch",
    word: "dispatch",
    icon: <ScheduleOutlined />,
    may: (may) => may("dispatch.manage"),
    group: "manage",
  },
  {
    to: "/people",
    word: "people",
    icon: <UsergroupAddOutlined />,
    may: (may) => may("accounts.manage"),
    group: "manage",
  },
  {
    to: "/sharing",
    word: "sharingPlace",
    icon: <ShareAltOutlined />,
    may: (may) => may("privacy.share"),
    group: "manage",
  },
  {
    to: "/privacy",
    word: "privacyPlace",
    icon: <EyeInvisibleOutlined />,
    may: (may) => may("privacy.oversee") || may("privacy.publish"),
    group: "manage",
  },
  {
    to: "/ledger",
    word: "ledger",
    icon: <SafetyCertificateOutlined />,
    may: (may) => may("ledger.read"),
    group: "manage",
  },
];

const GROUPS: Omit<PlaceGroup, "places">[] = [
  { word: "analyse", icon: <ExperimentOutlined /> },
  { word: "manage", icon: <ControlOutlined /> },
];

/** Where a person may go, the most used first; what does not fit into the bar stands in groups. */
export function placesOf(me: Pick<Me, "permissions">): Places {
  const may: May = (permission) => me.permissions.includes(permission);
  const open = KNOWN.filter((place) => place.may(may));
  if (open.length <= FIT) return { direct: open, groups: [] };
  const groups = GROUPS.map((group) => ({
    ...group,
    places: open.filter((place) => place.group === group.word),
  }));
  const alone = groups.filter((group) => group.places.length === 1).flatMap((group) => group.places);
  return {
    direct: [...open.filter((place) => !place.group), ...alone],
    groups: groups.filter((group) => group.places.length > 1),
  };
}

/** Whether the page at `pathname` belongs to a place. */
export function isAt(place: Place, pathname: string): boolean {
  return place.to === "/"
    ? pathname === "/" || pathname.startsWith("/enterprises") || pathname.startsWith("/region")
    : pathname.startsWith(place.to);
}
