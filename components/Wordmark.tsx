/** What this is: the mark, and the name beside it. */
export function Wordmark() {
  return (
    <>
      <svg class="mark" aria-hidden="true" viewBox="0 0 24 24">
        <path d="M2 10v4M7 9v6M17 9v6M22 10v4" />
        <path class="beat" d="M12 2v20" />
      </svg>
      <span>Pulso</span>
    </>
  );
}
