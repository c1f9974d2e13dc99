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
  FileDoneOutlined,
  FileSearchOutlined,
  LinkOutlined,
  SafetyCertificateOutlined,
  ScheduleOutlined,
  TeamOutlined,
  ToolOutlined,
  UserOutlined,
} from "@ant-design/icons";
import { App, Button, Dropdown, Tooltip } from "antd";
import { type ReactNode, Suspense, useEffect } from "react";
import { Navigate, NavLink, Outlet, useLocation } from "react-router";
import { MeContext, useSession, useSignOut } from "@/rooms/accounts/session";
import { words as accountWords } from "@/rooms/accounts/words";
import { Bell } from "@/rooms/dispatch/Bell";
import { useEither, useWords } from "./i18n";
import { LanguageSwitch } from "./LanguageSwitch";
import { type Connection, useLive } from "./live";
import { SyntheticTag } from "./marks";
import { ErrorState, LoadingState } from "./states";
import type { Me } from "./types";
import { words } from "./words";

type WordKey = keyof typeof words;
interface Place {
  to: string;
  word: WordKey;
  icon: ReactNode;
}

function showInBar(link: HTMLAnchorElement | null) {
  link?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Where a person may go, the most used first. */
function placesOf(me: Me): Place[] {
  const may = (permission: string) => me.permissions.includes(permission);
  const places: Place[] = [];
  const desk = may("cases.decide");
  if (may("region.read")) places.push({ to: "/", word: "region", icon: <AppstoreOutlined /> });
  else if (!desk) places.push({ to: "/", word: "enterprise", icon: <BankOutlined /> });
  if (may("deduction.answer")) places.push({ to: "/verify", word: "verify", icon: <CheckSquareOutlined /> });
  if (may("inspections.do"))
    places.push({ to: "/inspections", word: "inspections", icon: <FileDoneOutlined /> });
  if (!desk || may("region.read")) places.push({ to: "/warnings", word: "warnings", icon: <BellOutlined /> });
  if (may("hazards.handle")) places.push({ to: "/hazards", word: "hazards", icon: <ToolOutlined /> });
  if (desk || may("region.read")) places.push({ to: "/cases", word: "cases", icon: <FileSearchOutlined /> });
  if (may("region.read")) places.push({ to: "/graph", word: "graph", icon: <ApartmentOutlined /> });
  if (may("models.train") || may("models.promote"))
    places.push({ to: "/models", word: "models", icon: <ExperimentOutlined /> });
  if (may("region.read")) places.push({ to: "/data-health", word: "dataHealth", icon: <DatabaseOutlined /> });
  if (may("linkage.decide")) places.push({ to: "/linkage", word: "linkage", icon: <LinkOutlined /> });
  if (may("region.read")) places.push({ to: "/rates", word: "rates", icon: <AccountBookOutlined /> });
  if (may("participation.take_part"))
    places.push({ to: "/participation", word: "participation", icon: <TeamOutlined /> });
  if (may("places.manage")) places.push({ to: "/places", word: "places", icon: <EnvironmentOutlined /> });
  if (may("decisions.edit")) places.push({ to: "/decisions", word: "decisions", icon: <ControlOutlined /> });
  if (may("dispatch.manage")) places.push({ to: "/dispatch", word: "dispatch", icon: <ScheduleOutlined /> });
  if (may("ledger.read")) places.push({ to: "/ledger", word: "ledger", icon: <SafetyCertificateOutlined /> });
  return places;
}

function ConnectionSign({ connection }: { connection: Connection }) {
  const t = useWords(words);
  const why = connection === "lost" ? t("lostWhy") : t("liveWhy");
  return (
    <Tooltip title={why}>
      <span className={`connection connection-${connection}`} role="status">
        <span className="dot" aria-hidden="true" />
        <span className="connection-word">{t(connection)}</span>
      </span>
    </Tooltip>
  );
}

function AccountMenu({ me }: { me: Me }) {
  const t = useWords(words);
  const a = useWords(accountWords);
  const signOut = useSignOut();
  const { message } = App.useApp();
  const role = me.roles[0];
  const name = useEither()(me.name, me.name_en);
  return (
    <Dropdown
      trigger={["click"]}
      placement="bottomRight"
      menu={{
        items: [
          {
            key: "who",
            type: "group",
            label: (
              <div className="account-who">
                <strong>{name}</strong>
                <span>{role && role in words ? t(role as WordKey) : role}</span>
                <span>{me.organisation.name}</span>
              </div>
            ),
          },
          { key: "out", label: t("signOut") },
        ],
        onClick: () => signOut.mutate(undefined, { onError: () => message.error(a("leaveFailed")) }),
      }}
    >
      <Button
        type="text"
        className="account-button"
        icon={<UserOutlined aria-hidden />}
        aria-label={`${t("account")} ${name}`}
      >
        <span className="account-name">{name}</span>
      </Button>
    </Dropdown>
  );
}

function SignedIn({ me }: { me: Me }) {
  const t = useWords(words);
  const connection = useLive();
  const { pathname } = useLocation();
  const places = placesOf(me);
  useEffect(() => {
    // What was said on site and couldn't be sent then is sent from wherever the person comes back to.
    if (me.permissions.includes("deduction.answer"))
      void import("@/rooms/verification/sender").then(({ sender }) => sender.start(me.username));
    if (me.permissions.includes("inspections.do"))
      void import("@/rooms/inspections/sender").then(({ sender }) => sender.start(me.username));
  }, [me]);
  const isHere = (place: Place) =>
    place.to === "/"
      ? pathname === "/" || pathname.startsWith("/enterprises") || pathname.startsWith("/region")
      : pathname.startsWith(place.to);
  return (
    <MeContext value={me}>
      <a className="skip-link" href="#content">
        {t("skip")}
      </a>
      <header className="top-bar">
        <NavLink to="/" className="brand">
          {t("product")}
          <small>{t("productLine")}</small>
        </NavLink>
        <nav className="main-nav" aria-label={t("mainNav")}>
          {places.map((place) => (
            <NavLink
              key={place.to}
              to={place.to}
              className={isHere(place) ? "here" : ""}
              // more places than fit can be scrolled to; the one at hand always shows
              ref={isHere(place) ? showInBar : undefined}
              aria-current={isHere(place) ? "page" : undefined}
            >
              <span aria-hidden="true" className="nav-icon">
                {place.icon}
              </span>
              <span>{t(place.word)}</span>
            </NavLink>
          ))}
        </nav>
        <div className="top-tools">
          {me.organisation.synthetic && <SyntheticTag />}
          <ConnectionSign connection={connection} />
          <Bell />
          <LanguageSwitch />
          <AccountMenu me={me} />
        </div>
      </header>
      <main id="content" className="content" tabIndex={-1}>
        <Suspense fallback={<LoadingState rows={10} />}>
          <Outlet />
        </Suspense>
      </main>
    </MeContext>
  );
}

/** The frame of every page behind the sign-in. */
export function Shell() {
  const session = useSession();
  const here = useLocation();
  if (session.data) return <SignedIn key={session.data.username} me={session.data} />;
  if (session.error) return <ErrorState error={session.error} onRetry={() => session.refetch()} />;
  if (session.isPending) return <LoadingState rows={10} />;
  return <Navigate to="/sign-in" replace state={{ from: here.pathname + here.search }} />;
}
