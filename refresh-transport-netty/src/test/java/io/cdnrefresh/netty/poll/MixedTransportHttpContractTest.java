// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import io.cdnrefresh.netty.rpc.RpcEngineTransport;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;

/** The contract over HTTP on an engine that takes RPC as well. */
class MixedTransportHttpContractTest extends HttpTransportContract {
    @Override
    EngineTransport whole(HttpEngineTransport polls) {
        return new MixedEngineTransport(
                RpcEngineTransport.builder().loops(loops).build(), polls);
    }

    @Override
    protected int references(Frame frame) {
        return MixedEngineTransport.references(frame);
    }
}
