import { about, type Finding } from '../../domain/finding.ts';
import type { ToSidebar } from '../../sidebar/sidebar.ts';
import { compileViews, type RenderSidebar, ViewError } from '../../sidebar/views.ts';

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
    const { place, reason, message } = error;
    // Of an excerpt in one line nothing can be read.
    const says = place === null ? message.trim() : `${place.file}:${place.line}: ${reason}`;
    return { finding: wrong(says, 'correct the view'), render: null };
  }
}
