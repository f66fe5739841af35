import type { ToSidebar } from '../sidebar/sidebar.ts';
import { compileViews, type RenderSidebar, ViewError } from '../sidebar/views.ts';
import { about, type Finding } from './finding.ts';

/** Compiles the views, which tries them on the fullest and the emptiest account. */
export function checkViews(
  folder: string,
  toSidebar: ToSidebar,
): { finding: Finding; render: RenderSidebar | null } {
  const { right, wrong } = about('views');
  try {
    const render = compileViews(folder, toSidebar);
    return { finding: right(`${folder} shows the fullest and the emptiest account`), render };
  } catch (error) {
    if (!(error instanceof ViewError)) throw error;
    return { finding: wrong(error.message.trim(), 'correct the view'), render: null };
  }
}
