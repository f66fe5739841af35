import { readFileSync } from 'node:fs';

/** The files for Prometheus and Grafana, as far as tests look into them. */
export type Dashboard = {
  templating: { list: { name: string; type: string; query: unknown; definition?: string }[] };
  panels: {
    id: number;
    title: string;
    type: string;
    datasource: { uid: string };
    gridPos: { x: number; y: number; w: number; h: number };
    targets: { expr: string; refId: string; datasource: { uid: string } }[];
  }[];
};

const text = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

export const dashboard = (): Dashboard => JSON.parse(text('deploy/grafana/dashboard.json'));
export const alerts = () => text('deploy/prometheus/alerts.yaml');

/** What the panels ask Prometheus for. */
export function expressions({ panels }: Dashboard): { title: string; expr: string }[] {
  return panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
}
