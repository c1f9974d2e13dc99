import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { install } from "./update";
import "./styles/frame.css";
import "./styles/report.css";
import "./styles/follow.css";

const root = document.getElementById("root");
if (!root) throw new Error("worker.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
void install();
