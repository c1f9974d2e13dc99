import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { install } from "./update";
import "./worker.css";

const root = document.getElementById("root");
if (!root) throw new Error("worker.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
void install();
