import { Component, lazy, type ReactNode, Suspense, useEffect } from "react";
import { LanguageProvider } from "@/app/i18n";
import { FollowPage } from "./FollowPage";
import { HomePage } from "./HomePage";
import { useT } from "./hooks";
import { outbox } from "./outbox";
import { ReportPage } from "./ReportPage";
import { useRoute } from "./route";
import { SentPage } from "./SentPage";

// Apart from the first load: reporting must be quick, one's own data may take a moment.
const PrivacyPage = lazy(() => import("./PrivacyPage"));

export function App() {
  useEffect(() => {
    void outbox.start();
  }, []);
  return (
    <LanguageProvider>
      <Guard>
        <Page />
      </Guard>
    </LanguageProvider>
  );
}

function Page() {
  const route = useRoute();
  const t = useT();
  useEffect(() => {
    document.title = t("product");
  }, [t]);
  if (route.page === "report") return <ReportPage key={route.token} token={route.token} />;
  if (route.page === "sent") return <SentPage key={route.id} id={route.id} />;
  if (route.page === "follow") return <FollowPage key={route.code} code={route.code} />;
  if (route.page === "privacy")
    return (
      <Suspense fallback={<p className="hint">{t("loading")}</p>}>
        <PrivacyPage />
      </Suspense>
    );
  return <HomePage />;
}

/** What was written is in the store, so that a failure of the page costs no more than loading it anew. */
class Guard extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };
  static getDerivedStateFromError() {
    return { failed: true };
  }
  override render() {
    return this.state.failed ? <Failed /> : this.props.children;
  }
}

function Failed() {
  const t = useT();
  return (
    <main>
      <h1>{t("crashed")}</h1>
      <button type="button" className="primary" onClick={() => location.reload()}>
        {t("reload")}
      </button>
    </main>
  );
}
