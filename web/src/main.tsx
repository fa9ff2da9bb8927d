/** Starts the page: one query client, one router. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRootRoute, createRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Frame } from "./frame.tsx";
import { KeyspacePage } from "./keyspace-page.tsx";
import { KeyspacesPage } from "./keyspaces-page.tsx";
import { StatementsPage } from "./statements-page.tsx";
import "./style.css";
import { TabletsPage } from "./tablets-page.tsx";

const rootRoute = createRootRoute({ component: Frame });
const routes = [
  createRoute({ getParentRoute: () => rootRoute, path: "/", component: KeyspacesPage }),
  createRoute({ getParentRoute: () => rootRoute, path: "/keyspaces/$keyspace", component: KeyspacePage }),
  createRoute({ getParentRoute: () => rootRoute, path: "/tablets", component: TabletsPage }),
  createRoute({ getParentRoute: () => rootRoute, path: "/statements", component: StatementsPage }),
];
const router = createRouter({ routeTree: rootRoute.addChildren(routes), basepath: "/app" });

/** Every answer is a second old at most: the page is for watching a cluster live. */
const queries = new QueryClient({ defaultOptions: { queries: { refetchInterval: 1000, retry: false } } });

const place = document.getElementById("root");
if (place === null) throw new Error("index.html has no #root");
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
