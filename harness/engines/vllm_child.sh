#!/bin/sh
# Starts Python for a process of vLLM (harness/engines/vllm_children.py): with its output in a file, and, on Linux, killed
# by the kernel when the process that started it ends, however that ends. vLLM's own processes would wait for ever.
if [ -n "$REJOINDER_VLLM_OUTPUT" ]; then
  exec >>"$REJOINDER_VLLM_OUTPUT" 2>&1
fi
case "$*" in
*--multiprocessing-fork*)
  exec "$REJOINDER_VLLM_PYTHON" -I -S -c '
import ctypes, os, signal, sys
if sys.platform == "linux":
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(os.environ["REJOINDER_VLLM_PARENT"]):  # it ended before the kernel was told
        sys.exit(1)
os.execv(sys.argv[1], sys.argv[1:])' "$REJOINDER_VLLM_PYTHON" "$@"
  ;;
*) # multiprocessing's resource tracker, which cleans up after the others
  exec "$REJOINDER_VLLM_PYTHON" "$@"
  ;;
esac
