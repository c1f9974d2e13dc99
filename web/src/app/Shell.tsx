import { UserOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, Tooltip } from "antd";
import { lazy, Suspense, useEffect } from "react";
import { Navigate, NavLink, Outlet, useLocation, useNavigate } from "react-router";
import { GlassBanner } from "@/rooms/accounts/GlassBanner";
import { MeContext, useSession, useSignOut } from "@/rooms/accounts/session";
import { words as accountWords } from "@/rooms/accounts/words";
import { Bell } from "@/rooms/dispatch/Bell";
import { useEither, useWords } from "./i18n";
import { LanguageSwitch } from "./LanguageSwitch";
import { type Connection, useLive } from "./live";
import { MainNav } from "./MainNav";
import { SyntheticTag } from "./marks";
import { ErrorState, LoadingState } from "./states";
import type { Me } from "./types";
import { words } from "./words";

const SecurityPage = lazy(() => import("@/rooms/accounts/SecurityPage"));

type WordKey = keyof typeof words;

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
  const navigate = useNavigate();
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
          { key: "privacy", label: t("myPrivacy") },
          { key: "security", label: a("security") },
          { key: "out", label: t("signOut") },
        ],
        onClick: ({ key }) =>
          key === "security" || key === "privacy"
            ? navigate(key === "privacy" ? "/me/privacy" : "/security")
            : signOut.mutate(undefined, { onError: () => message.error(a("leaveFailed")) }),
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
  useEffect(() => {
    // What was said on site and couldn't be sent then is sent from wherever the person comes back to.
    if (me.permissions.includes("deduction.answer"))
      void import("@/rooms/verification/sender").then(({ sender }) => sender.start(me.username));
    if (me.permissions.includes("inspections.do"))
      void import("@/rooms/inspections/sender").then(({ sender }) => sender.start(me.username));
  }, [me]);
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
        <MainNav me={me} />
        <div className="top-tools">
          {me.organisation.synthetic && <SyntheticTag />}
          <ConnectionSign connection={connection} />
          <Bell />
          <LanguageSwitch />
          <AccountMenu me={me} />
        </div>
      </header>
      <GlassBanner />
      <main id="content" className="content" tabIndex={-1}>
        <Suspense fallback={<LoadingState rows={10} />}>{me.must ? <SecurityPage /> : <Outlet />}</Suspense>
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
