/** A text that is written as Markdown, as those of the schemas are: what stands in backquotes is code. */
export function DocsText({ text }: { text: string }) {
  const pieces = text.split(/`([^`]+)`/);
  return (
    <>
      {pieces.map((piece, index) =>
        index % 2 === 1 ? <code key={index}>{piece}</code> : piece.replace(/\*(\w+)\*/g, "$1")
      )}
    </>
  );
}
