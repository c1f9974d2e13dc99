import { useParams } from "react-router";
import { DeskView } from "./DeskView";
import { VersionView } from "./VersionView";
import "./decisions.css";

/** The tier rules: the desk with its versions, or one version. */
export default function DecisionsPage() {
  const { id } = useParams();
  if (id === undefined) return <DeskView />;
  return <VersionView key={id} id={id === "shipped" ? "shipped" : Number(id)} />;
}
