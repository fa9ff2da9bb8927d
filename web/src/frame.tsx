/** What stands around every page: the name and the way to the pages. */
import { Link, Outlet } from "@tanstack/react-router";

export function Frame() {
  return (
    <div className="frame">
      <aside className="side">
        <div className="brand">
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path fill="var(--accent)" d="M1 2h4l3 8 3-8h4L9.5 15h-3z" />
          </svg>
          vitess-ts
        </div>
        <nav>
          <Link to="/" activeOptions={{ exact: true }}>
            Keyspaces
          </Link>
          <Link to="/tablets">Tablets</Link>
          <Link to="/statements">Statements</Link>
        </nav>
      </aside>
      <main>
        <Outlet />
      </main>
    </div>
  );
}
