/**
 * Tab indents. Escape, then Tab leaves the editor, however long one takes between the two: a
 * keyboard trap otherwise. Typing, or coming back, makes Tab indent again.
 */

import { indentWithTab } from '@codemirror/commands';
import type { Extension } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';

export const tabKey: Extension = [
  keymap.of([indentWithTab]),
  EditorView.domEventHandlers({
    keydown(event, view) {
      if (event.key === 'Escape') view.setTabFocusMode(true);
      return false;
    },
    focus(_event, view) {
      view.setTabFocusMode(false);
      return false;
    },
  }),
  EditorView.updateListener.of(({ docChanged, view }) => {
    if (docChanged) view.setTabFocusMode(false);
  }),
];
