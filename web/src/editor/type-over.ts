/**
 * Types over a selection without the browser's help. Chromium joins the lines around a selection that
 * is typed over, and keeps their looks with inline styles, which the content security policy refuses
 * with a message for each.
 */

import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

export const typeOver: Extension = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { selection } = view.state;
    const text = event.data;
    // Composed input must go through the browser.
    if (event.inputType !== 'insertText' || !text || event.isComposing || view.composing)
      return false;
    if (selection.main.empty || view.state.readOnly) return false;
    event.preventDefault();
    const typed = () =>
      view.state.update(view.state.replaceSelection(text), {
        userEvent: 'input.type',
        scrollIntoView: true,
      });
    const { from, to } = selection.main;
    // What the editor does for typing, such as brackets around a selection, comes first.
    const handled = view.state
      .facet(EditorView.inputHandler)
      .some((handler) => handler(view, from, to, text, typed));
    if (!handled) view.dispatch(typed());
    return true;
  },
});
