/** A text of the schemas, which are written as Markdown: what stands in backquotes is code. */
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
