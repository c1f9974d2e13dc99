import { QueryClientProvider } from "@tanstack/react-query";
import { App, ConfigProvider } from "antd";
import enGB from "antd/locale/en_GB";
import zhCN from "antd/locale/zh_CN";
import { StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { queryClient } from "./app/client";
import { LanguageProvider, useLanguage } from "./app/i18n";
import { giveNonce, NONCE } from "./app/nonce";
import { router } from "./app/routes";
import { LoadingState } from "./app/states";
import { theme } from "./app/theme";
// In this order: what comes later may overrule what came before.
import "./app/styles/frame.css";
import "./app/styles/lists.css";
import "./app/styles/detail.css";
import "./app/styles/narrow.css";
import "./app/styles/desk.css";

function Console() {
  const { language } = useLanguage();
  return (
    <ConfigProvider
      locale={language === "zh" ? zhCN : enGB}
      theme={theme}
      csp={{ nonce: NONCE }}
      button={{ autoInsertSpace: false }}
    >
      <App>
        <Suspense fallback={<LoadingState rows={10} />}>
          <RouterProvider router={router} />
        </Suspense>
      </App>
    </ConfigProvider>
  );
}

giveNonce();

// After an update the server no longer holds the chunks that an open page knows; loading anew fetches the new ones.
const RELOADED = "yufang.reloaded";
const ONCE_IN_MS = 20_000;
window.addEventListener("vite:preloadError", (event) => {
  if (Date.now() - Number(sessionStorage.getItem(RELOADED) ?? 0) < ONCE_IN_MS) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  event.preventDefault();
  window.location.reload();
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <LanguageProvider>
        <Console />
      </LanguageProvider>
    </QueryClientProvider>
  </StrictMode>,
);
