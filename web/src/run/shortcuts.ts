/** Whether the platform's main modifier key is Command, not Control. */
export function usesCommandKey(platform: string): boolean {
  return /^(Mac|iPhone|iPad)/.test(platform);
}

/** Command+Enter or Control+Enter, either of them everywhere: keyboards travel between platforms. */
export function isRunShortcut(event: KeyboardEvent): boolean {
  const modified = event.ctrlKey || event.metaKey;
  return event.key === 'Enter' && modified && !event.altKey && !event.shiftKey;
}
