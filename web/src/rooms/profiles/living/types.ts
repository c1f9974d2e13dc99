import type { components } from "@/app/api";
import type { ColourOrNone } from "@/app/types";

type Schemas = components["schemas"];
export type Peers = Schemas["PeersOut"];
export type Peer = Omit<Schemas["PeerRow"], "colour"> & { colour: ColourOrNone };
export type Exposure = Schemas["ExposureOut"];
export type Groups = Schemas["RegionGroups"];
export type Group = Schemas["GroupOut"];
export type Movement = Schemas["MovementOut"];
export type Rung = Schemas["RungOut"];
