import { Button, Result } from "antd";
import { lazy } from "react";
import { createBrowserRouter, Link, useRouteError } from "react-router";
import { useWords } from "./i18n";
import { Shell } from "./Shell";
import { words } from "./words";

const SignInPage = lazy(() => import("@/rooms/accounts/SignInPage"));
const StartPage = lazy(() => import("@/rooms/profiles/StartPage"));
const EnterprisePage = lazy(() => import("@/rooms/profiles/EnterprisePage"));
const WhatIfPage = lazy(() => import("@/rooms/deduction/what_if/WhatIfPage"));
const VisitPage = lazy(() => import("@/rooms/deduction/what_if/VisitPage"));
const VerifyPage = lazy(() => import("@/rooms/verification/VerifyPage"));
const RatesOfVerification = lazy(() => import("@/rooms/verification/RatesPage"));
const GroupsPage = lazy(() => import("@/rooms/profiles/living/GroupsPage"));
const WarningPage = lazy(() => import("@/rooms/warning/WarningPage"));
const CasePage = lazy(() => import("@/rooms/cases/CasePage"));
const CampaignPage = lazy(() => import("@/rooms/cases/CampaignPage"));
const ModelDesk = lazy(() => import("@/rooms/governance/ModelDesk"));
const DataHealthPage = lazy(() => import("@/rooms/lake/DataHealthPage"));
const GraphPage = lazy(() => import("@/rooms/graph/GraphPage"));
const LinkagePage = lazy(() => import("@/rooms/linkage/LinkagePage"));
const RatesPage = lazy(() => import("@/rooms/rates/RatesPage"));
const SafetyValuePage = lazy(() => import("@/rooms/rates/SafetyValuePage"));
const ParticipationPage = lazy(() => import("@/rooms/participation/ParticipationPage"));
const InvitePage = lazy(() => import("@/rooms/accounts/InvitePage"));
const PeoplePage = lazy(() => import("@/rooms/accounts/admin/PeoplePage"));
const SecurityPage = lazy(() => import("@/rooms/accounts/SecurityPage"));
const ClaimPage = lazy(() => import("@/rooms/participation/ClaimPage"));
const PlacesPage = lazy(() => import("@/rooms/places/PlacesPage"));
const PlacesPrintPage = lazy(() => import("@/rooms/places/PrintPage"));
const DecisionsPage = lazy(() => import("@/rooms/decisions/DecisionsPage"));
const DispatchPage = lazy(() => import("@/rooms/dispatch/DispatchPage"));
const InboxPage = lazy(() => import("@/rooms/dispatch/InboxPage"));
const HazardsPage = lazy(() => import("@/rooms/hazards/HazardsPage"));
const InspectionsPage = lazy(() => import("@/rooms/inspections/InspectionsPage"));
const InspectionPlanPage = lazy(() => import("@/rooms/inspections/PlanPage"));
const InspectionWalkPage = lazy(() => import("@/rooms/inspections/WalkPage"));
const OrderPage = lazy(() => import("@/rooms/inspections/OrderPage"));
const PapersPage = lazy(() => import("@/rooms/inspections/PapersPage"));
const LivePage = lazy(() => import("@/rooms/sensing/LivePage"));
const SensorPage = lazy(() => import("@/rooms/sensing/ChannelPage"));
const EdgeNodesPage = lazy(() => import("@/rooms/sensing/NodesPage"));
const PermitsPage = lazy(() => import("@/rooms/permits/PermitsPage"));
const MyPrivacyPage = lazy(() => import("@/rooms/privacy/MyPrivacyPage"));
const OverseePage = lazy(() => import("@/rooms/privacy/OverseePage"));
const SharingPage = lazy(() => import("@/rooms/privacy/SharingPage"));
const LedgerPage = lazy(() => import("@/rooms/ledger/LedgerPage"));

function NotFoundPage() {
  const t = useWords(words);
  return (
    <Result
      status="info"
      title={t("notFound")}
      subTitle={t("notFoundWhy")}
      extra={
        <Link to="/">
          <Button type="primary">{t("backToStart")}</Button>
        </Link>
      }
    />
  );
}

/** What stands in for a page that threw: a chunk that no longer exists after an update, or a defect. */
function CrashedPage() {
  const t = useWords(words);
  const error = useRouteError();
  return (
    <Result
      status="warning"
      title={t("crashed")}
      subTitle={
        <>
          {t("crashedWhy")}
          <br />
          <code>{error instanceof Error ? error.message : String(error)}</code>
        </>
      }
      extra={
        <Button type="primary" onClick={() => window.location.reload()}>
          {t("reload")}
        </Button>
      }
    />
  );
}

export const router = createBrowserRouter([
  { path: "/sign-in", element: <SignInPage />, errorElement: <CrashedPage /> },
  { path: "/invite", element: <InvitePage />, errorElement: <CrashedPage /> },
  { path: "/claim", element: <ClaimPage />, errorElement: <CrashedPage /> },
  {
    element: <Shell />,
    errorElement: <CrashedPage />,
    children: [
      {
        errorElement: <CrashedPage />,
        children: [
          { path: "/", element: <StartPage /> },
          { path: "/region/groups", element: <GroupsPage /> },
          { path: "/enterprises/:id", element: <EnterprisePage /> },
          { path: "/enterprises/:id/what-if", element: <WhatIfPage /> },
          { path: "/enterprises/:id/visit", element: <VisitPage /> },
          { path: "/verify", element: <VerifyPage /> },
          { path: "/verify/rates", element: <RatesOfVerification /> },
          { path: "/verify/:id", element: <VerifyPage /> },
          { path: "/warnings", element: <WarningPage /> },
          { path: "/warnings/:id", element: <WarningPage /> },
          { path: "/cases", element: <CasePage /> },
          { path: "/cases/campaigns", element: <CampaignPage /> },
          { path: "/cases/campaigns/:id", element: <CampaignPage /> },
          { path: "/cases/:id", element: <CasePage /> },
          { path: "/models", element: <ModelDesk /> },
          { path: "/data-health", element: <DataHealthPage /> },
          { path: "/graph", element: <GraphPage /> },
          { path: "/linkage", element: <LinkagePage /> },
          { path: "/linkage/:id", element: <LinkagePage /> },
          { path: "/rates", element: <RatesPage /> },
          { path: "/rates/:id", element: <RatesPage /> },
          { path: "/enterprises/:id/safety-value", element: <SafetyValuePage /> },
          { path: "/participation", element: <ParticipationPage /> },
          { path: "/places", element: <PlacesPage /> },
          { path: "/places/print", element: <PlacesPrintPage /> },
          { path: "/decisions", element: <DecisionsPage /> },
          { path: "/decisions/:id", element: <DecisionsPage /> },
          { path: "/dispatch", element: <DispatchPage /> },
          { path: "/inbox", element: <InboxPage /> },
          { path: "/inspections", element: <InspectionsPage /> },
          { path: "/inspections/plans/:id", element: <InspectionPlanPage /> },
          { path: "/inspections/plans/:id/walk", element: <InspectionWalkPage /> },
          { path: "/inspections/orders/:id", element: <OrderPage /> },
          { path: "/enterprises/:id/papers", element: <PapersPage /> },
          { path: "/hazards", element: <HazardsPage /> },
          { path: "/hazards/:id", element: <HazardsPage /> },
          { path: "/live", element: <LivePage /> },
          { path: "/live/nodes", element: <EdgeNodesPage /> },
          { path: "/live/permits", element: <PermitsPage /> },
          { path: "/live/channels/:id", element: <SensorPage /> },
          { path: "/people", element: <PeoplePage /> },
          { path: "/security", element: <SecurityPage /> },
          { path: "/me/privacy", element: <MyPrivacyPage /> },
          { path: "/privacy", element: <OverseePage /> },
          { path: "/sharing", element: <SharingPage /> },
          { path: "/ledger", element: <LedgerPage /> },
          { path: "*", element: <NotFoundPage /> },
        ],
      },
    ],
  },
]);
