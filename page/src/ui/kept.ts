import { useEffect, useState } from "preact/hooks";
import { keptOf } from "../keep";

interface Sources {
  photo: string | null;
  garment: string | null;
}

const NONE: Sources = { photo: null, garment: null };

/** URLs of a job's input pictures, if this browser has kept them. */
export function useKept(id: string): Sources {
  const [sources, setSources] = useState(NONE);
  useEffect(() => {
    let isGone = false;
    const made: string[] = [];
    const show = (blob: Blob | null) => {
      if (blob === null) return null;
      const url = URL.createObjectURL(blob);
      made.push(url);
      return url;
    };
    void keptOf(id).then((kept) => {
      if (kept !== undefined && !isGone) setSources({ photo: show(kept.photo), garment: show(kept.garment) });
    });
    return () => {
      isGone = true;
      setSources(NONE);
      made.forEach((url) => URL.revokeObjectURL(url));
    };
  }, [id]);
  return sources;
}
